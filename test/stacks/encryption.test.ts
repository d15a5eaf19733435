import { customerManagedKeys, knownEncryption, rotatedKeys, separationOfDuties } from "./rules/encryption.ts";
import { changeStatement } from "./rules/policies.ts";
import { add, type Change, changeFirst, removeAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const encryptionAtRest = (change: Change) => changeFirst("mongodbatlas_encryption_at_rest", change);

describe("encryption in the stacks", () => {
  testRule(knownEncryption, {
    "a table": add("foundation", "aws_dynamodb_table", {}),
    "a stream": add("service", "aws_kinesis_stream", {}),
    "a file system": add("foundation", "aws_efs_file_system", {}),
  });

  testRule(customerManagedKeys, {
    "a queue with a key of AWS": changeFirst("aws_sqs_queue", { kms_master_key_id: "alias/aws/sqs" }),
    "a database with a key of AWS": changeFirst("mongodbatlas_advanced_cluster", {
      encryption_at_rest_provider: undefined,
    }),
    "a database that is created before its key": changeFirst(
      "mongodbatlas_advanced_cluster",
      ({ depends_on }) => depends_on.pop(),
    ),
    "a database with another account's key": encryptionAtRest({
      "aws_kms_config.0.customer_master_key_id": "1",
    }),
    "a database whose key is off": encryptionAtRest({
      "aws_kms_config.0.enabled": false,
    }),
    "a cache in the clear": changeFirst("aws_elasticache_replication_group", {
      at_rest_encryption_enabled: "false",
    }),
    "a cache with a key of AWS": changeFirst("aws_elasticache_replication_group", { kms_key_id: undefined }),
    "a bucket with a key of AWS": changeFirst("aws_s3_bucket_server_side_encryption_configuration", {
      "rule.0.apply_server_side_encryption_by_default": { sse_algorithm: "AES256" },
    }),
    "a bucket without encryption settings": removeAll(
      "staging-foundation",
      "aws_s3_bucket_server_side_encryption_configuration",
    ),
    "copies with a key of AWS": changeFirst("aws_s3_bucket_replication_configuration", {
      "rule.0.destination.encryption_configuration": undefined,
    }),
    "logs in the clear": changeFirst("aws_cloudwatch_log_group", { kms_key_id: undefined }),
    "logs with a key of another account": changeFirst("aws_cloudwatch_log_group", {
      kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1",
    }),
    "alerts in the clear": changeFirst("aws_sns_topic", { kms_master_key_id: undefined }),
    "alerts with a key of AWS, which alarms may not use": changeFirst("aws_sns_topic", {
      kms_master_key_id: "alias/aws/sns",
    }),
    "a secret parameter with a key of AWS": changeFirst("aws_ssm_parameter", { type: "SecureString" }),
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
