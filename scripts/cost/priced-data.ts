import { charge, type PricingRule, toPriceName } from "./line-item.ts";
import type { PriceName } from "./prices.ts";
import { assumptions, hoursPerMonth, toGb, type Usage } from "./traffic.ts";

const cache: PricingRule = ({ attributes }) => [
  charge(toPriceName(attributes.node_type), attributes.num_cache_clusters * hoursPerMonth),
];

const key: PricingRule = ({ attributes }, { calls }) => [
  charge("key", 1),
  charge(
    "keyRequests",
    // Each call of auth signs one token.
    (attributes.key_usage === "SIGN_VERIFY" ? calls.auth : assumptions.keyRequests.value) / 10_000,
  ),
];

const computeDumpGb = ({ dataGb }: Usage): number => dataGb * assumptions.dumpShare.value;

/** A backup bucket keeps every dump for its days, a copy gets each over the wire; other buckets hold static files. */
const bucket: PricingRule = ({ id, attributes, siblings }, usage) => {
  if (!attributes.bucket.includes("-backups-")) return [charge("storage", assumptions.assetsGb.value)];
  const lock = Object.values(siblings("aws_s3_bucket_object_lock_configuration")).find(
    (each) => each.bucket === `\${aws_s3_bucket.${id}.id}`,
  )!;
  const { days } = lock.rule.default_retention;
  const kept = (usage.dumps * days * 24) / hoursPerMonth;
  return [
    charge("storage", computeDumpGb(usage) * kept),
    ...(attributes.provider ? [charge("storageCopy", computeDumpGb(usage) * usage.dumps)] : []),
  ];
};

/** Most operations per second of each price, least first. */
const flexPrices: readonly (readonly [number, PriceName])[] = [
  [100, "flexHours"],
  [200, "flexHours200"],
  [300, "flexHours300"],
  [400, "flexHours400"],
];

const flex: PricingRule = (_, { requestsPerSecond }) => {
  const operations = requestsPerSecond * assumptions.databaseOperations.value;
  const [, price = "flexHours500"] = flexPrices.find(([most]) => operations <= most) ?? [];
  return [charge(price, hoursPerMonth)];
};

/** GB of disk that an M10 has without a further charge. */
const includedGb = 10;

const replicaSet: PricingRule = ({ attributes }, { dataGb }) => {
  const { instance_size, node_count } = attributes.replication_specs[0].region_configs[0].electable_specs;
  const nodes = node_count / 3;
  const diskGb = dataGb * assumptions.diskShare.value;
  return [
    charge(toPriceName(instance_size), nodes * hoursPerMonth),
    charge("atlasDisk", nodes * Math.max(diskGb - includedGb, 0)),
  ];
};

/** In the cluster's region, and in each that gets a copy. */
const snapshots: PricingRule = ({ attributes }, { dataGb }) => [
  charge(
    "atlasSnapshots",
    dataGb *
      assumptions.diskShare.value *
      assumptions.snapshotShare.value *
      (1 + attributes.copy_settings.length),
  ),
];

/** What holds data, and the keys that encrypt it. */
export const pricedData: Readonly<Record<string, PricingRule>> = {
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
export const computeDatabaseGb = ({ apiRequests }: Usage): number =>
  toGb(apiRequests * assumptions.databaseBytes.value);
