import { getAtlasTier } from "../../stacks/atlas-tiers.ts";
import { charge, type PriceName, type PricingRule, toPriceName } from "./prices.ts";
import { hoursPerMonth, type Usage } from "./traffic.ts";

const cache: PricingRule = ({ attributes }) => [
  charge(toPriceName(attributes.node_type), attributes.num_cache_clusters * hoursPerMonth),
];

/** A signing key signs one token per call of `auth`. */
const key: PricingRule = ({ attributes }, usage) => {
  const isSigningKey = attributes.key_usage === "SIGN_VERIFY";
  const requests = isSigningKey ? usage.countCalls("auth") : usage.assume("keyRequests");
  return [charge("key", 1), charge("keyRequests", requests / 10_000)];
};

/** A backup bucket stores every dump for its retention period. Its replica also receives each dump. */
const bucket: PricingRule = ({ id, attributes, siblings }, usage) => {
  if (!attributes.bucket.includes("-backups-")) return [charge("storage", usage.assume("assetsGb"))];
  const lock = Object.values(siblings("aws_s3_bucket_object_lock_configuration")).find(
    (each) => each.bucket === `\${aws_s3_bucket.${id}.id}`,
  )!;
  const { days } = lock.rule.default_retention;
  // Atlas exports one snapshot a day, or fewer.
  if (attributes.bucket.includes("-backups-exports-")) {
    return [charge("storage", usage.dataGb * usage.assume("dumpShare") * days)];
  }
  const retainedDumps = (usage.dumps * days * 24) / hoursPerMonth;
  const dumpGb = usage.dataGb * usage.assume("dumpShare");
  return [
    charge("storage", dumpGb * retainedDumps),
    ...(attributes.provider ? [charge("storageCopy", dumpGb * usage.dumps)] : []),
  ];
};

/** Maximum of operations per second for each price. */
const flexPrices: readonly (readonly [number, PriceName])[] = [
  [100, "flexHours"],
  [200, "flexHours200"],
  [300, "flexHours300"],
  [400, "flexHours400"],
];

const flex: PricingRule = (_, usage) => {
  const operations = usage.requestsPerSecond * usage.assume("databaseOperations");
  const [, price = "flexHours500"] = flexPrices.find(([most]) => operations <= most) ?? [];
  return [charge(price, hoursPerMonth)];
};

const getDiskGb = (usage: Usage): number => usage.dataGb * usage.assume("diskShare");

const replicaSet: PricingRule = ({ attributes }, usage) => {
  const { instance_size, node_count } = attributes.replication_specs[0].region_configs[0].electable_specs;
  const nodes = node_count / 3;
  const diskGb = getDiskGb(usage);
  // Atlas charges for all of a disk that is larger than the included one.
  const chargedGb = diskGb > getAtlasTier(instance_size).includedDiskGb ? diskGb : 0;
  return [charge(toPriceName(instance_size), nodes * hoursPerMonth), charge("atlasDisk", nodes * chargedGb)];
};

/** In the cluster's region, and in each region that receives a copy. */
const snapshots: PricingRule = ({ attributes }, usage) => [
  charge("atlasSnapshots", getDiskGb(usage) * usage.assume("snapshotShare") * (1 + attributes.copy_settings.length)),
  // Atlas charges for the size of the documents, uncompressed.
  ...(attributes.auto_export_enabled
    ? [charge("atlasExport", usage.dataGb * exportsPerMonth[attributes.export.frequency_type as ExportFrequency])]
    : []),
];

const exportsPerMonth = { daily: hoursPerMonth / 24, weekly: hoursPerMonth / 24 / 7, monthly: 1 };

type ExportFrequency = keyof typeof exportsPerMonth;

/** With Parameter Store's higher throughput, AWS charges for each parameter that is read. */
const parameterThroughput: PricingRule = (_, usage) => [charge("parameterReads", usage.parameterReads / 10_000)];

/** Databases, storage and encryption keys. */
export const pricedData: Readonly<Record<string, PricingRule>> = {
  aws_elasticache_replication_group: cache,
  aws_kms_key: key,
  aws_route53_zone: () => [charge("zone", 1)],
  aws_s3_bucket: bucket,
  aws_ssm_service_setting: parameterThroughput,
  mongodbatlas_advanced_cluster: replicaSet,
  mongodbatlas_cloud_backup_schedule: snapshots,
  mongodbatlas_flex_cluster: flex,
  mongodbatlas_privatelink_endpoint: () => [charge("atlasEndpoint", hoursPerMonth)],
};
