import type { Exclusion } from "./exclusions.ts";

const retriesEndlessly = "and the provider retries endlessly";
const isUnknown = `is unknown, ${retriesEndlessly}`;
const isNotStored = "is not stored, so that a second plan sets it again";

/**
 * What the AWS emulator cannot create or store, observed with moto 5.1 and hashicorp/aws 5.100. The infrastructure test plans
 * it and excludes it from the apply.
 */
export const unsupportedByEmulator: readonly Exclusion[] = [
  { type: "aws_appautoscaling_target", why: `returns no tags, ${retriesEndlessly}` },
  { type: "aws_budgets_budget", why: `returns neither tags nor recipients, ${retriesEndlessly}` },
  { type: "aws_elasticache_parameter_group", why: isUnknown },
  { type: "aws_elasticache_replication_group", why: "never becomes available" },
  { type: "aws_elasticache_user_group", why: "never becomes active" },
  { type: "aws_elasticache_subnet_group", why: "cannot be deleted" },
  { type: "aws_codedeploy_app", why: "returns a timestamp that the provider cannot parse" },
  { type: "aws_codedeploy_deployment_group", why: "belongs to an excluded application" },
  { type: "aws_cloudformation_stack", why: "has no WAF rule groups, CloudFront functions or generated secrets" },
  { type: "aws_cloudfront_cache_policy", why: "returns 404" },
  { type: "aws_cloudfront_distribution", why: "is never completely created" },
  { type: "aws_cloudfront_response_headers_policy", why: "returns 404" },
  { type: "aws_cloudwatch_composite_alarm", why: "gets 500" },
  { type: "aws_cloudwatch_log_data_protection_policy", why: "crashes the provider" },
  { type: "aws_cloudwatch_query_definition", why: isUnknown },
  { type: "aws_flow_log", why: "is rejected with any aggregation interval" },
  { type: "aws_lambda_function", attribute: "logging_config", why: isNotStored },
  { type: "aws_lambda_function_event_invoke_config", why: `is not created, ${retriesEndlessly}` },
  { type: "aws_s3_bucket_lifecycle_configuration", why: "is returned in another form: the provider times out" },
  { type: "aws_s3_bucket_replication_configuration", why: "is stored without the encryption of replicas" },
  {
    type: "aws_sesv2_configuration_set",
    why: "has sending options within sending options, which the provider cannot parse",
  },
  { type: "aws_sesv2_configuration_set_event_destination", why: "gets 404" },
  { type: "aws_sesv2_email_identity", why: "has a time as a text, which the provider cannot parse" },
  { type: "aws_sesv2_email_identity_mail_from_attributes", why: "gets 404" },
  { type: "aws_sns_topic", attribute: "signature_version", why: isNotStored },
  {
    type: "aws_sqs_queue",
    attribute: "redrive_policy",
    why: "is returned with spaces, so that a second plan sets it again",
  },
  { type: "aws_ssm_service_setting", why: "gets 500" },
  { type: "aws_lambda_provisioned_concurrency_config", why: "returns 404" },
  { type: "aws_wafv2_web_acl", attribute: "data_protection_config", why: isNotStored },
];
