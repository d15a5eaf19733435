import { customerManagedKeys, knownEncryption, rotatedKeys, separationOfDuties } from "./rules/encryption.ts";
import { changeStatement } from "./rules/policies.ts";
import { add, first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

describe("encryption in the stacks", () => {
  testRule(knownEncryption, {
    "a table": (stacks) => add(stacks, "foundation", "aws_dynamodb_table", {}),
    "a stream": (stacks) => add(stacks, "service", "aws_kinesis_stream", {}),
    "a file system": (stacks) => add(stacks, "foundation", "aws_efs_file_system", {}),
  });

  testRule(customerManagedKeys, {
    "a queue with a key of AWS": (stacks) => {
      first(stacks, "aws_sqs_queue").kms_master_key_id = "alias/aws/sqs";
    },
    "a database with a key of AWS": (stacks) => {
      delete first(stacks, "mongodbatlas_advanced_cluster").encryption_at_rest_provider;
    },
    "a database made before its key is known": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").depends_on.pop();
    },
    "a database with someone else's key": (stacks) => {
      first(stacks, "mongodbatlas_encryption_at_rest").aws_kms_config[0].customer_master_key_id = "1";
    },
    "a database whose key is off": (stacks) => {
      first(stacks, "mongodbatlas_encryption_at_rest").aws_kms_config[0].enabled = false;
    },
    "a cache in the clear": (stacks) => {
      first(stacks, "aws_elasticache_replication_group").at_rest_encryption_enabled = "false";
    },
    "a cache with a key of AWS": (stacks) => {
      delete first(stacks, "aws_elasticache_replication_group").kms_key_id;
    },
    "a bucket with a key of AWS": (stacks) => {
      const { rule } = first(stacks, "aws_s3_bucket_server_side_encryption_configuration");
      rule[0].apply_server_side_encryption_by_default = { sse_algorithm: "AES256" };
    },
    "a bucket of which nobody says how it is encrypted": (stacks) => {
      delete stacks["ecobeat-staging-foundation"]!.resource
        .aws_s3_bucket_server_side_encryption_configuration;
    },
    "copies with a key of AWS": (stacks) => {
      delete first(stacks, "aws_s3_bucket_replication_configuration").rule[0].destination
        .encryption_configuration;
    },
    "logs in the clear": (stacks) => {
      delete first(stacks, "aws_cloudwatch_log_group").kms_key_id;
    },
    "logs with a key of someone else": (stacks) => {
      first(stacks, "aws_cloudwatch_log_group").kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/1";
    },
    "alerts in the clear": (stacks) => {
      delete first(stacks, "aws_sns_topic").kms_master_key_id;
    },
    "alerts with a key of AWS, which alarms may not use": (stacks) => {
      first(stacks, "aws_sns_topic").kms_master_key_id = "alias/aws/sns";
    },
    "a secret parameter with a key of AWS": (stacks) => {
      first(stacks, "aws_ssm_parameter").type = "SecureString";
    },
  });

  testRule(rotatedKeys, {
    "a key that is not rotated": (stacks) => {
      first(stacks, "aws_kms_key").enable_key_rotation = false;
    },
    "a key that may be gone in a week": (stacks) => {
      first(stacks, "aws_kms_key").deletion_window_in_days = 7;
    },
  });

  testRule(separationOfDuties, {
    "an administrator that decrypts": (stacks) =>
      changeStatement(stacks, "kms:PutKeyPolicy", (statement) => ({
        ...statement,
        Action: ["kms:PutKeyPolicy", "kms:Decrypt"],
      })),
    "whoever IAM allows as a user": (stacks) =>
      changeStatement(stacks, "kms:CreateGrant", (statement) => ({ ...statement, Condition: undefined })),
    "a key with AWS's own policy": (stacks) => {
      delete first(stacks, "aws_kms_key").policy;
    },
  });
});
