import { failing, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What keeps data that Terraform cannot make again, or is an address that others know. */
const stores = [
  "aws_api_gateway_api_key",
  "aws_eip",
  "aws_elasticache_replication_group",
  "aws_kms_key",
  "aws_route53_zone",
  "aws_s3_bucket",
  "aws_secretsmanager_secret",
  "aws_ssm_parameter",
  "mongodbatlas_advanced_cluster",
  "mongodbatlas_encryption_at_rest",
  "mongodbatlas_flex_cluster",
  "mongodbatlas_online_archive",
  "mongodbatlas_project",
];

/** Logs are data too, but kept for a while only: they may go. */
const passing = ["aws_cloudwatch_log_group"];

/** What keeps no data, or none that Terraform does not make again. */
const stateless = [
  "aws_acm_certificate",
  "aws_acm_certificate_validation",
  "aws_api_gateway_account",
  "aws_api_gateway_base_path_mapping",
  "aws_api_gateway_deployment",
  "aws_api_gateway_domain_name",
  "aws_api_gateway_gateway_response",
  "aws_api_gateway_integration",
  "aws_api_gateway_method",
  "aws_api_gateway_method_settings",
  "aws_api_gateway_resource",
  "aws_api_gateway_rest_api",
  "aws_api_gateway_stage",
  "aws_api_gateway_usage_plan",
  "aws_api_gateway_usage_plan_key",
  "aws_cloudformation_stack",
  "aws_cloudfront_cache_policy",
  "aws_cloudfront_distribution",
  "aws_cloudfront_origin_access_control",
  "aws_cloudfront_response_headers_policy",
  "aws_cloudwatch_contributor_insight_rule",
  "aws_cloudwatch_dashboard",
  "aws_cloudwatch_log_data_protection_policy",
  "aws_cloudwatch_log_delivery",
  "aws_cloudwatch_log_delivery_destination",
  "aws_cloudwatch_log_delivery_source",
  "aws_cloudwatch_log_metric_filter",
  "aws_cloudwatch_log_resource_policy",
  "aws_cloudwatch_metric_alarm",
  "aws_cloudwatch_query_definition",
  "aws_default_security_group",
  "aws_elasticache_parameter_group",
  "aws_elasticache_subnet_group",
  "aws_elasticache_user",
  "aws_elasticache_user_group",
  "aws_flow_log",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_internet_gateway",
  "aws_kms_alias",
  "aws_lambda_alias",
  "aws_lambda_function",
  "aws_lambda_permission",
  "aws_nat_gateway",
  "aws_route",
  "aws_route53_record",
  "aws_route_table",
  "aws_route_table_association",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_object_lock_configuration",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_replication_configuration",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_secretsmanager_secret_version",
  "aws_security_group",
  "aws_sns_topic",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
  "aws_subnet",
  "aws_vpc",
  "aws_vpc_endpoint",
  "aws_vpc_security_group_egress_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_wafv2_web_acl",
  "aws_wafv2_web_acl_association",
  "aws_wafv2_web_acl_logging_configuration",
  "mongodbatlas_alert_configuration",
  "mongodbatlas_cloud_backup_schedule",
  "mongodbatlas_cloud_provider_access_authorization",
  "mongodbatlas_cloud_provider_access_setup",
  "mongodbatlas_database_user",
  "mongodbatlas_privatelink_endpoint",
  "mongodbatlas_privatelink_endpoint_service",
  "mongodbatlas_project_ip_access_list",
];

export const knownTypes: Rule = {
  name: "it is known of every resource type whether it keeps data",
  check: (stacks) =>
    resources(stacks)
      .filter(({ type }) => !stores.includes(type) && !passing.includes(type) && !stateless.includes(type))
      .map(({ address, type }) => `${address}: add ${type} to the lists of this rule`),
};

export const protectedStores: Rule = {
  name: "Terraform refuses to destroy what keeps data",
  check: (stacks) =>
    failing(
      stacks,
      stores,
      "has no prevent_destroy",
      ({ attributes }) => attributes.lifecycle?.prevent_destroy === true,
    ),
};
