import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { changeStatement, statements } from "./rules/policies.ts";
import {
  add,
  type Change,
  changeFirst,
  failing,
  inTemplates,
  isOwnKey,
  type Resource,
  referring,
  removeAll,
  resources,
} from "./rules/resources.ts";
import { type Rule, resourceRule, testRule } from "./rules/rule.ts";

const bucketEncryption = "aws_s3_bucket_server_side_encryption_configuration";

/** Whether a resource of a type is encrypted with our key, by the attributes that select one. */
const encryption: Readonly<Record<string, (resource: Resource, stacks: Stacks) => boolean>> = {
  aws_cloudwatch_log_group: ({ attributes, stack }, stacks) => isOwnKey(stacks, stack, attributes.kms_key_id),
  aws_elasticache_replication_group: ({ attributes, stack }, stacks) =>
    attributes.at_rest_encryption_enabled === "true" && isOwnKey(stacks, stack, attributes.kms_key_id),
  aws_s3_bucket: (bucket) => referring(bucket, bucketEncryption, "bucket").length > 0,
  aws_s3_bucket_replication_configuration: ({ attributes, stack }, stacks) =>
    attributes.rule.every(({ destination }: Attributes) =>
      isOwnKey(stacks, stack, destination.encryption_configuration?.replica_kms_key_id),
    ),
  [bucketEncryption]: ({ attributes, stack }, stacks) =>
    attributes.rule.every(
      ({ apply_server_side_encryption_by_default: byDefault }: Attributes) =>
        byDefault.sse_algorithm === "aws:kms" && isOwnKey(stacks, stack, byDefault.kms_master_key_id),
    ),
  aws_sqs_queue: ({ attributes, stack }, stacks) => isOwnKey(stacks, stack, attributes.kms_master_key_id),
  mongodbatlas_advanced_cluster: ({ attributes, stack }) =>
    attributes.encryption_at_rest_provider === "AWS" &&
    Object.keys(stack.resource.mongodbatlas_encryption_at_rest ?? {}).some((id) =>
      attributes.depends_on?.includes(`mongodbatlas_encryption_at_rest.${id}`),
    ),
  mongodbatlas_encryption_at_rest: ({ attributes: { aws_kms_config }, stack }, stacks) =>
    aws_kms_config?.length === 1 &&
    aws_kms_config[0].enabled === true &&
    isOwnKey(stacks, stack, aws_kms_config[0].customer_master_key_id),
  aws_sns_topic: ({ attributes, stack }, stacks) => isOwnKey(stacks, stack, attributes.kms_master_key_id),
  // Plain text: another rule ensures that Terraform writes no secrets.
  aws_ssm_parameter: ({ attributes }) => attributes.type === "String",
};

/** Types that could have our key but need none, and why. */
const withoutKey: Readonly<Record<string, string>> = {
  aws_scheduler_schedule: "encrypts what is handed to the target, which is nothing",
  aws_cloudfront_distribution: "encrypts single fields of forms, of which the API has none",
  aws_api_gateway_method_settings: "encrypts API Gateway's own cache, which is off",
  aws_lambda_event_source_mapping: "encrypts the criteria of a filter, of which there is none",
  aws_lambda_function: "its code and variables hold no secrets, and a key would slow each cold start",
};

const { resolve } = createRequire(import.meta.url);

/** Whether the provider's bindings have an attribute for a key or for encryption in a type, at any depth. */
function hasChoice(type: string): boolean {
  const [provider, ...name] = type.split("_");
  const path = `@cdktf/provider-${provider}/lib/${name.join("-")}/index.d.ts`;
  return /^ {4}readonly \w*(kms|encrypt)\w*\??:/im.test(readFileSync(resolve(path), "utf8"));
}

const chooses = new Map<string, boolean>();

const knownEncryption: Rule = {
  name: "this rule knows of every resource type with a choice of key whether it needs ours",
  check: (stacks) =>
    resources(stacks)
      .filter(({ type }) => !(type in encryption) && !(type in withoutKey))
      .filter(({ type }) => {
        chooses.set(type, chooses.get(type) ?? hasChoice(type));
        return chooses.get(type);
      })
      .map(({ address, type }) => `${address}: add ${type} to a list of this rule, and a store also to stores.ts`),
};

const customerManagedKeys = resourceRule(
  "every resource that can be encrypted is encrypted with our key",
  Object.keys(encryption),
  (resource, stacks) => encryption[resource.type]!(resource, stacks),
);

const rotatedKeys = resourceRule(
  "every symmetric key is rotated, and every key waits 30 days before it is deleted",
  "aws_kms_key",
  ({ attributes }) =>
    (attributes.enable_key_rotation === true || attributes.key_usage === "SIGN_VERIFY") &&
    attributes.deletion_window_in_days === 30,
);

/** What a key is for; GetPublicKey reveals what is published anyway. */
const uses =
  /^kms:(Encrypt|Decrypt|ReEncrypt(From|To)|GenerateDataKey|GenerateDataKeyWithoutPlaintext|Sign|CreateGrant)$/;

const separationOfDuties: Rule = {
  name: "every key policy separates administration and use: administrators may not use the key, and each use has a condition",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_kms_key"],
      "has no policy, so that every policy of the account is one of the key",
      ({ attributes }) => typeof attributes.policy === "string",
    ),
    ...statements(stacks)
      .filter(({ resource }) => resource.type === "aws_kms_key")
      .filter(({ statement: { Action = [], Condition = {} } }) => {
        const administers = Action.some((action) => /^kms:(Put|Schedule|Disable|Create(?!Grant))/.test(action));
        const isUse = Action.some((action) => uses.test(action));
        return isUse && (administers || Object.keys(Condition).length === 0);
      })
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
  ],
};

const unreadSecrets: Rule = {
  name: "CloudFormation generates and retains every secret, with our own key: Terraform reads no value",
  check: (stacks) => [
    ...resources(stacks)
      .filter(({ type }) => type.startsWith("aws_secretsmanager_"))
      .map(({ address }) => `${address}: contains its value`),
    ...failing(stacks, ["aws_cloudformation_stack"], "does not protect a secret", ({ stack, attributes }) =>
      Object.values<Attributes>(JSON.parse(attributes.template_body).Resources)
        .filter(({ Type }) => Type === "AWS::SecretsManager::Secret")
        .every(
          ({ DeletionPolicy, Properties: { SecretString, GenerateSecretString, KmsKeyId } }) =>
            SecretString === undefined &&
            GenerateSecretString.PasswordLength >= 32 &&
            isOwnKey(stacks, stack, KmsKeyId) &&
            DeletionPolicy === "Retain" &&
            attributes.lifecycle.prevent_destroy === true,
        ),
    ),
  ],
};

const logs = (change: Change) => changeFirst("aws_cloudwatch_log_group", change);
const topic = (change: Change) => changeFirst("aws_sns_topic", change);
const cluster = (change: Change) => changeFirst("mongodbatlas_advanced_cluster", change);
const encryptionAtRest = (change: Change) => changeFirst("mongodbatlas_encryption_at_rest", change);

describe("encryption in the stacks", () => {
  testRule(knownEncryption, {
    "a table": add("foundation", "aws_dynamodb_table", {}),
    "a stream": add("service", "aws_kinesis_stream", {}),
    "a file system": add("foundation", "aws_efs_file_system", {}),
  });

  testRule(customerManagedKeys, {
    "a queue with a key of AWS": changeFirst("aws_sqs_queue", { kms_master_key_id: "alias/aws/sqs" }),
    "a database with a key of AWS": cluster({ encryption_at_rest_provider: undefined }),
    "a database that is created before its key": cluster(({ depends_on }) => depends_on.pop()),
    "a database with another account's key": encryptionAtRest({ "aws_kms_config.0.customer_master_key_id": "1" }),
    "a database whose key is off": encryptionAtRest({ "aws_kms_config.0.enabled": false }),
    "a cache in the clear": changeFirst("aws_elasticache_replication_group", { at_rest_encryption_enabled: "false" }),
    "a cache with a key of AWS": changeFirst("aws_elasticache_replication_group", { kms_key_id: undefined }),
    "a bucket with a key of AWS": changeFirst(bucketEncryption, {
      "rule.0.apply_server_side_encryption_by_default": { sse_algorithm: "AES256" },
    }),
    "a bucket without encryption settings": removeAll("staging-foundation", bucketEncryption),
    "copies with a key of AWS": changeFirst("aws_s3_bucket_replication_configuration", {
      "rule.0.destination.encryption_configuration": undefined,
    }),
    "logs in the clear": logs({ kms_key_id: undefined }),
    "logs with a key of another account": logs({ kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1" }),
    "alerts in the clear": topic({ kms_master_key_id: undefined }),
    "alerts with a key of AWS, which alarms may not use": topic({ kms_master_key_id: "alias/aws/sns" }),
    "a secret parameter with a key of AWS": changeFirst("aws_ssm_parameter", { type: "SecureString" }),
  });

  testRule(unreadSecrets, {
    "a secret in Terraform": add("production-edge", "aws_secretsmanager_secret_version", {}),
    "a value in the template": inTemplates("GenerateSecretString", "SecretString"),
    "a short value": inTemplates("64", "8"),
    "a key of AWS": inTemplates("KmsKeyId", "Name"),
    "a secret that is deleted with its stack": inTemplates("Retain", "Delete"),
  });

  testRule(rotatedKeys, {
    "a key that is not rotated": changeFirst("aws_kms_key", { enable_key_rotation: false }),
    "a key that may be gone in a week": changeFirst("aws_kms_key", { deletion_window_in_days: 7 }),
  });

  testRule(separationOfDuties, {
    "an administrator that decrypts": changeStatement("kms:PutKeyPolicy", {
      Action: ["kms:PutKeyPolicy", "kms:Decrypt"],
    }),
    "every principal that IAM allows as a user": changeStatement("kms:CreateGrant", { Condition: undefined }),
    "a key with AWS's own policy": changeFirst("aws_kms_key", { policy: undefined }),
  });
});
