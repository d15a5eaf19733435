import type { Attributes } from "../../support/synthesize.ts";
import { statements } from "./policies.ts";
import { environmentOf, failing, type Resource, referenced } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** The configurations of one type that belong to a bucket. */
const settings = ({ stack, id }: Resource, type: string): Attributes[] =>
  Object.values(stack.resource[type] ?? {}).filter(({ bucket }) => bucket === `\${aws_s3_bucket.${id}.id}`);

const isVault = ({ attributes }: Resource): boolean => attributes.bucket.includes("-backups-");

export const closedBuckets: Rule = {
  name: "no bucket can be opened to the public",
  check: (stacks) =>
    failing(stacks, ["aws_s3_bucket"], "may become public", (bucket) =>
      settings(bucket, "aws_s3_bucket_public_access_block").some((block) =>
        ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
          (attribute) => block[attribute] === true,
        ),
      ),
    ),
};

/** Whether a bucket's policy refuses actions to everyone, for the bucket and all in it, under exactly these conditions. */
function refuses(bucket: Resource, actions: readonly string[], condition?: object): boolean {
  const arn = `\${aws_s3_bucket.${bucket.id}.arn}`;
  return settings(bucket, "aws_s3_bucket_policy")
    .flatMap(({ policy }) => JSON.parse(policy).Statement)
    .some(
      ({ Effect, Principal, Action, Resource: targets, Condition }) =>
        Effect === "Deny" &&
        Principal?.AWS === "*" &&
        actions.every((action) => Action?.includes(action)) &&
        [arn, `${arn}/*`].every((target) => targets?.includes(target)) &&
        JSON.stringify(Condition) === JSON.stringify(condition),
    );
}

export const bucketsDemandTls: Rule = {
  name: "every bucket refuses whoever comes without TLS",
  check: (stacks) =>
    failing(stacks, ["aws_s3_bucket"], "speaks without TLS", (bucket) =>
      refuses(bucket, ["s3:*"], { Bool: { "aws:SecureTransport": "false" } }),
    ),
};

export const lockedVaults: Rule = {
  name: "every vault keeps each version as long as the table says, locked, and then forgets it",
  check: (stacks) =>
    failing(stacks, ["aws_s3_bucket"], "is not locked, or forgets too soon or never", (bucket) => {
      const { retentionDays } = environmentOf(bucket.stack).backup;
      const [versioning] = settings(bucket, "aws_s3_bucket_versioning");
      const [lock] = settings(bucket, "aws_s3_bucket_object_lock_configuration");
      const rules = settings(bucket, "aws_s3_bucket_lifecycle_configuration").flatMap(({ rule }) => rule);
      const days = rules.flatMap(({ expiration }) => expiration?.[0]?.days ?? []);
      return (
        !isVault(bucket) ||
        (bucket.attributes.object_lock_enabled === true &&
          versioning?.versioning_configuration.status === "Enabled" &&
          lock?.rule.default_retention.mode === "GOVERNANCE" &&
          lock.rule.default_retention.days === retentionDays &&
          days.length === 1 &&
          days[0] === retentionDays &&
          rules.some((rule) => rule.noncurrent_version_expiration) &&
          rules.every((rule) => rule.status === "Enabled"))
      );
    }),
};

const emptyingActions = [
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:BypassGovernanceRetention",
];

export const fullVaults: Rule = {
  name: "nobody can empty a vault: its policy refuses it to everyone, and no other policy allows it",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_s3_bucket"],
      "can be emptied",
      (bucket) =>
        !isVault(bucket) || (refuses(bucket, emptyingActions) && bucket.attributes.force_destroy !== true),
    ),
    ...statements(stacks)
      .filter(({ statement: { Effect, Action } }) => Effect === "Allow" && Action?.some(empties))
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
  ],
};

const empties = (action: string): boolean =>
  /^s3:(Delete|Replicate)(Bucket$|Object|Delete)|^s3:Bypass/.test(action) && action !== "s3:ReplicateObject";

export const copiedVaults: Rule = {
  name: "where the table names a second region, the vault is copied there, into one that is locked too",
  check: (stacks) =>
    failing(stacks, ["aws_s3_bucket"], "is not copied", (bucket) => {
      const { copyRegion } = environmentOf(bucket.stack).backup;
      const isOriginal = isVault(bucket) && bucket.attributes.provider === undefined;
      return (
        !isOriginal ||
        copyRegion === undefined ||
        settings(bucket, "aws_s3_bucket_replication_configuration").some(({ rule: [rule] }) => {
          const copy = referenced(stacks, bucket.stack, rule.destination.bucket);
          return (
            rule.status === "Enabled" &&
            rule.filter.prefix === undefined &&
            rule.delete_marker_replication.status === "Disabled" &&
            rule.source_selection_criteria.sse_kms_encrypted_objects.status === "Enabled" &&
            copy !== undefined &&
            isVault(copy) &&
            copy.attributes.provider === `aws.${copyRegion}`
          );
        })
      );
    }),
};

export const onlyWayToVaults: Rule = {
  name: "the way from a VPC to S3 leads to the vault alone",
  check: (stacks) =>
    statements(stacks)
      .filter(({ resource }) => resource.attributes.service_name?.endsWith(".s3"))
      .filter(
        ({ resource, statement: { Resource: targets = [] } }) =>
          targets.length === 0 ||
          !targets.every((target) => {
            const bucket = referenced(stacks, resource.stack, target);
            return bucket !== undefined && isVault(bucket);
          }),
      )
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};
