import { charge, type Pricer, priceNamed } from "./line-item.ts";
import type { PriceName } from "./prices.ts";
import { assumptions, gb, hoursPerMonth, type Usage } from "./traffic.ts";

const cache: Pricer = ({ attributes }) => [
  charge(priceNamed(attributes.node_type), attributes.num_cache_clusters * hoursPerMonth),
];

const key: Pricer = ({ attributes }, { calls }) => [
  charge("key", 1),
  charge(
    "keyRequests",
    // Each call of auth signs one token.
    (attributes.key_usage === "SIGN_VERIFY" ? calls.auth : assumptions.keyRequests.value) / 10_000,
  ),
];

const dumpGb = ({ dataGb }: Usage): number => dataGb * assumptions.dumpShare.value;

/** A backup bucket keeps every dump for its days, a copy gets each over the wire; other buckets hold static files. */
const bucket: Pricer = ({ id, attributes, beside }, usage) => {
  if (!attributes.bucket.includes("-backups-")) return [charge("storage", assumptions.assetsGb.value)];
  const lock = Object.values(beside("aws_s3_bucket_object_lock_configuration")).find(
    (each) => each.bucket === `\${aws_s3_bucket.${id}.id}`,
  )!;
  const { days } = lock.rule.default_retention;
  const kept = (usage.dumps * days * 24) / hoursPerMonth;
  return [
    charge("storage", dumpGb(usage) * kept),
    ...(attributes.provider ? [charge("storageCopy", dumpGb(usage) * usage.dumps)] : []),
  ];
};

/** Most operations per second of each price, least first. */
const flexPrices: readonly (readonly [number, PriceName])[] = [
  [100, "flexHours"],
  [200, "flexHours200"],
  [300, "flexHours300"],
  [400, "flexHours400"],
];

const flex: Pricer = (_, { requestsPerSecond }) => {
  const operations = requestsPerSecond * assumptions.databaseOperations.value;
  const [, price = "flexHours500"] = flexPrices.find(([most]) => operations <= most) ?? [];
  return [charge(price, hoursPerMonth)];
};

/** GB of disk that an M10 has without a further charge. */
const includedGb = 10;

const replicaSet: Pricer = ({ attributes }, { dataGb }) => {
  const { instance_size, node_count } = attributes.replication_specs[0].region_configs[0].electable_specs;
  const nodes = node_count / 3;
  const diskGb = dataGb * assumptions.diskShare.value;
  return [
    charge(priceNamed(instance_size), nodes * hoursPerMonth),
    charge("atlasDisk", nodes * Math.max(diskGb - includedGb, 0)),
  ];
};

/** In the cluster's region, and in each that gets a copy. */
const snapshots: Pricer = ({ attributes }, { dataGb }) => [
  charge(
    "atlasSnapshots",
    dataGb *
      assumptions.diskShare.value *
      assumptions.snapshotShare.value *
      (1 + attributes.copy_settings.length),
  ),
];

/** What holds data, and the keys that encrypt it. */
export const pricedData: Readonly<Record<string, Pricer>> = {
  aws_elasticache_replication_group: cache,
  aws_kms_key: key,
  aws_route53_zone: () => [charge("zone", 1)],
  aws_s3_bucket: bucket,
  mongodbatlas_advanced_cluster: replicaSet,
  mongodbatlas_cloud_backup_schedule: snapshots,
  mongodbatlas_flex_cluster: flex,
  mongodbatlas_privatelink_endpoint: () => [charge("atlasEndpoint", hoursPerMonth)],
};

/** Bytes between functions and database. */
export const databaseGb = ({ apiRequests }: Usage): number =>
  gb(apiRequests * assumptions.databaseBytes.value);
