import { resourceRule } from "./rule.ts";

/** Resources with data that Terraform cannot recreate, or with an address that others know. */
export const stores = [
  "aws_api_gateway_api_key",
  "aws_eip",
  "aws_elasticache_replication_group",
  "aws_kms_key",
  "aws_route53_zone",
  "aws_s3_bucket",
  "aws_ssm_parameter",
  "mongodbatlas_advanced_cluster",
  "mongodbatlas_encryption_at_rest",
  "mongodbatlas_flex_cluster",
  "mongodbatlas_online_archive",
  "mongodbatlas_project",
];

export const protectedStores = resourceRule(
  "every resource that stores data has `prevent_destroy`",
  stores,
  ({ attributes }) => attributes.lifecycle?.prevent_destroy === true,
);
