import type { ExcludedProvider, Exclusion } from "./exclusions.ts";

/**
 * What the AWS emulator cannot create, or cannot keep, seen with moto 5.1 and hashicorp/aws 5.100. The infrastructure test
 * plans it like all the rest and excludes it from the apply.
 */
export const unsupportedByEmulator: readonly Exclusion[] = [
  { type: "aws_appautoscaling_target", why: "does not tell its tags, and is asked again and again" },
  {
    type: "aws_budgets_budget",
    why: "tells neither its tags nor its receivers, and is asked again and again",
  },
  { type: "aws_elasticache_parameter_group", why: "is not known, and asked for again and again" },
  { type: "aws_elasticache_replication_group", why: "never becomes available" },
  { type: "aws_elasticache_user_group", why: "never becomes active" },
  { type: "aws_elasticache_subnet_group", why: "cannot be deleted again" },
  { type: "aws_codedeploy_app", why: "answers with a timestamp the provider cannot read" },
  { type: "aws_codedeploy_deployment_group", why: "belongs to an excluded application" },
  {
    type: "aws_cloudformation_stack",
    why: "knows neither WAF rule groups nor CloudFront functions, and makes up no secrets",
  },
  { type: "aws_cloudfront_cache_policy", why: "answers 404" },
  { type: "aws_cloudfront_distribution", why: "never finishes its creation" },
  { type: "aws_cloudfront_response_headers_policy", why: "answers 404" },
  { type: "aws_cloudwatch_log_data_protection_policy", why: "crashes the provider" },
  { type: "aws_cloudwatch_query_definition", why: "is not known, and asked for again and again" },
  { type: "aws_flow_log", why: "is refused with any aggregation interval" },
  {
    type: "aws_lambda_function",
    attribute: "logging_config",
    why: "is forgotten, so that a second plan sets it again",
  },
  {
    type: "aws_lambda_function_event_invoke_config",
    why: "is not created, and asked for again and again",
  },
  {
    type: "aws_s3_bucket_lifecycle_configuration",
    why: "is given back in another form, so that the provider waits for it in vain",
  },
  { type: "aws_s3_bucket_replication_configuration", why: "is forgotten in part: how copies are encrypted" },
  {
    type: "aws_sns_topic",
    attribute: "signature_version",
    why: "is forgotten, so that a second plan sets it again",
  },
  { type: "aws_lambda_provisioned_concurrency_config", why: "answers 404" },
  {
    type: "aws_wafv2_web_acl",
    attribute: "data_protection_config",
    why: "is forgotten, so that a second plan sets it again",
  },
];

/**
 * Providers whose resources are excluded before anything is planned. The rest of their stacks goes through every step.
 * The tests check the excluded resources against the schema in the bindings.
 */
export const excludedProviders: readonly ExcludedProvider[] = [
  {
    name: "mongodbatlas",
    why: "Atlas has no emulator, and no plan without an API key of a real organization",
  },
];
