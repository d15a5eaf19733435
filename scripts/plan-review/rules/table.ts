import type { Severity } from "../finding.ts";
import type { Effect } from "../resource-change.ts";

/**
 * `lost` is replaced or destroyed, `removed` destroyed or forgotten, `granted` created or changed in more than its tags. `adopted` is
 * imported and changed, and `keyless` created without our key.
 */
export type ResourceDirection = Effect | "lost" | "removed" | "granted" | "adopted" | "keyless";

/**
 * `changed` includes a first value, and `replaced` does not. `limited` may be a first value, and `shortened` not; of both, 0 is no
 * limit. The last three are versions of TLS.
 */
export type AttributeDirection =
  | ("changed" | "enabled" | "disabled" | "removed" | "replaced" | "reduced" | "extended" | "zeroed" | "decreased")
  | ("limited" | "shortened" | "unlimited" | "lowered" | "raised" | "kept");

/**
 * Types and attributes are patterns. An attribute is a name, a path, or a block at the top; "" is the resource as a whole. An expression
 * matches insecure values: the attribute gets one, and had none. The sentence follows what happens. With `{}`, which stands for the
 * attributes, it is one sentence for all of them.
 */
export type Row =
  | readonly [type: string, attribute: "", ResourceDirection, Severity, sentence: string]
  | readonly [type: string, attribute: string, AttributeDirection | RegExp, Severity, sentence: string];

const encryption = "(storage_|sqs_managed_sse_|(at_rest|transit)_encryption_)?(encrypted|enabled)|enable_key_rotation";
const protection = "(deletion|termination)_protection(_enabled)?|disable_execute_api_endpoint|api_key_required";
const recovery = "(multi_az|automatic_failover|actions|pit|backup|is)_enabled|point_in_time_recovery";
const exposure = "force_destroy|skip_final_snapshot|bypass_policy_lockout_.*";
const secrecy = "(storage_|(at_rest|transit)_encryption_)(encrypted|enabled)|encrypted";
/** Types that store data under a key of AWS without our own. */
const stores =
  "aws_(cloudwatch_log_group|db_instance|dynamodb_table|ebs_volume|efs_file_system|elasticache_replication_group|rds_cluster|s3_bucket_server_side_encryption_configuration|secretsmanager_secret|sns_topic|sqs_queue)";
export const keys = "(replica_)?kms_key_(id|arn)|(kms|customer)_master_key_id|kms_data_key|key_arn";
const tls = "security_policy|minimum_protocol_version|minimum_enabled_tls_protocol|tls_policy|ssl_policy";
const waiting = "(deletion|recovery)_window_in_days";
const retention = ".*_window_(in_)?days|message_retention_.*|(snapshot|backup)_retention_.*|retention_value";
const limits = "(reserved|provisioned)_concurrent_executions|(throttling_)?(rate|burst)_limit";
const target = "function_version|routing_config";
/** The parts of a function's version: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
const version =
  "source_code_hash|filename|s3_.*|image_uri|handler|runtime|memory_size|timeout|environment|layers|architectures|vpc_config|tracing_config|ephemeral_storage|snap_start";
const releases = "aws_codedeploy_deployment_group";
/** When an alarm fires. */
const condition =
  "alarm_rule|comparison_operator|datapoints_to_alarm|dimensions|evaluation_periods|(extended_)?statistic|metric_(name|query)|namespace|period|threshold|treat_missing_data";

/**
 * The rules that need no code, by subject. Of one subject, the first row that applies to the resource or to an attribute decides. Also
 * has types that our stacks do not have, so that a new one is reviewed from the start.
 */
export const table: Readonly<Record<string, readonly Row[]>> = {
  Forgotten: [["*", "", "forget", "warning", "stays in the cloud, but Terraform no longer manages it"]],
  Imported: [
    ["*", "", "import", "info", "is imported as it is: Terraform changes and deletes it from now on"],
    ["*", "", "adopted", "warning", "is imported, and the same apply changes it: compare it with what exists"],
  ],
  "Data loss": [
    ["aws_api_gateway_api_key", "", "lost", "critical", "every installed app is rejected until it has the new key"],
    ["aws_cloudformation_stack", "", "lost", "critical", "its resources are deleted, and its generated secret changes"],
    ["aws_cloudwatch_log_group", "", "lost", "warning", "its log is lost"],
    ["aws_(db_instance|dynamodb_table|efs_file_system|rds_cluster)", "", "lost", "critical", "its data are lost"],
    ["aws_eip", "", "lost", "critical", "its address is lost, and with it our entries on access lists"],
    ["aws_elasticache_replication_group", "", "lost", "critical", "all sessions are lost: every user has to log in"],
    ["aws_kms_key", "", "lost", "critical", "what it encrypted cannot be read, and what it signed no longer verifies"],
    ["aws_route53_zone", "", "lost", "critical", "our names do not resolve until the registrar has its name servers"],
    ["aws_s3_bucket", "", "lost", "critical", "its objects are lost"],
    ["aws_secretsmanager_secret", "", "lost", "critical", "its value is lost"],
    ["aws_sqs_queue", "", "lost", "warning", "messages that wait in it are lost"],
    ["aws_ssm_parameter", "", "lost", "critical", "its value is lost, even if a script has written it"],
    ["mongodbatlas_(advanced|flex)_cluster", "", "lost", "critical", "its databases and its snapshots are lost"],
    ["mongodbatlas_cloud_backup_schedule", "", "lost", "critical", "no more snapshots, and old ones may be deleted"],
    ["mongodbatlas_cloud_backup_snapshot_export_bucket", "", "lost", "warning", "Atlas no longer exports snapshots"],
    ["mongodbatlas_encryption_at_rest", "", "lost", "critical", "the cluster cannot read its data without it"],
    ["mongodbatlas_online_archive", "", "lost", "critical", "its archived documents are lost"],
    ["mongodbatlas_project", "", "lost", "critical", "all its clusters are lost"],
    ["tfe_(project|workspace)", "", "lost", "critical", "its states are lost: Terraform forgets what it manages"],
  ],
  Traffic: [
    ["aws_acm_certificate", "", "lost", "warning", "TLS fails wherever it is still used"],
    ["aws_api_gateway_base_path_mapping", "", "lost", "warning", "the API's name serves nothing until it exists again"],
    ["aws_api_gateway_(deployment|stage)", "", "lost", "warning", "the API does not respond until it exists again"],
    ["aws_api_gateway_domain_name", "", "lost", "warning", "the API's name serves nothing until DNS follows"],
    [
      "aws_api_gateway_(integration|method|resource)",
      "",
      "lost",
      "warning",
      "its route fails until the next deployment",
    ],
    ["aws_api_gateway_rest_api", "", "lost", "warning", "the whole API gets another address"],
    ["aws_api_gateway_usage_plan(_key)?", "", "lost", "warning", "its API keys are rejected until it exists again"],
    ["aws_cloudfront_distribution", "", "lost", "warning", "API and assets do not respond for about 15 minutes"],
    ["aws_elasticache_replication_group", "", "lost", "warning", "login and refresh respond with 503 for 15 minutes"],
    ["(aws_elasticache|mongodbatlas_database)_user", "", "lost", "warning", "the functions cannot log in"],
    ["mongodbatlas_custom_db_role", "", "lost", "warning", "the functions with this role are denied"],
    ["aws_lambda_function_url", "", "lost", "warning", "the function gets another URL: support finds it by itself"],
    ["aws_iam_role", "", "lost", "warning", "its users, and MongoDB Atlas, are denied until they have the new role"],
    ["aws_(iam_.*polic.*|(s3|sns|sqs|cloudwatch_log)_.*_policy)", "", "lost", "warning", "what it allowed is denied"],
    ["aws_kms_alias", "", "lost", "warning", "calls that name the key so fail"],
    ["aws_lambda_(alias|permission)", "", "lost", "warning", "calls of the function fail until it exists again"],
    ["aws_lambda_function", "", "lost", "warning", "its routes respond with 500, and releases cannot roll back"],
    ["aws_lambda_provisioned_concurrency_config", "", "lost", "warning", "the first requests have a cold start"],
    ["aws_nat_gateway|aws_vpc_endpoint", "", "lost", "warning", "the functions cannot reach what is behind it"],
    ["aws_(internet_gateway|route(_table.*)?)", "", "lost", "warning", "its subnets do not reach what it leads to"],
    ["aws_route53_record", "", "lost", "warning", "its name does not resolve until resolvers' caches expire"],
    ["aws_sesv2_email_identity", "", "lost", "critical", "no mail is sent until SES has verified the domain again"],
    ["aws_sesv2_email_identity_mail_from_.*", "", "lost", "warning", "SES uses a domain of its own: DKIM alone passes"],
    [
      "aws_sesv2_.*",
      "configuration_set_name|email_identity",
      "changed",
      "warning",
      "compare where mails come from: {}",
    ],
    ["aws_sesv2_configuration_set", "", "lost", "critical", "no mail is sent until it exists again"],
    ["aws_sesv2_configuration_set", "sending_enabled", "disabled", "critical", "no mail is sent"],
    ["aws_sesv2_.*", "suppressed_reasons", "reduced", "critical", "bounces and complaints may stop the account: {}"],
    ["aws_lambda_event_source_mapping", "", "lost", "critical", "the messages of its queue wait"],
    ["aws_lambda_event_source_mapping", "enabled", "disabled", "critical", "the messages of its queue wait"],
    ["aws_vpc_security_group_.*_rule|mongodbatlas_project_ip_access_list", "", "lost", "warning", "connections fail"],
    ["aws_security_group", "", "lost", "warning", "its deletion fails while anything still uses it"],
    ["aws_(db_subnet_group|subnet|vpc)", "", "lost", "warning", "the resources in it have to move"],
    ["mongodbatlas_privatelink_endpoint(_service)?", "", "lost", "warning", "the functions cannot reach the database"],
    ["*", limits, "unlimited", "warning", ""],
    ["*", limits, "zeroed", "critical", "all requests are rejected"],
    ["*", limits, "decreased", "warning", ""],
    ["aws_cloudfront_distribution", "aliases", "changed", "warning", "removed names no longer respond"],
    ["aws_cloudfront_distribution", "enabled", "changed", "warning", "it does not respond while it is disabled"],
    ["aws_elasticache_.*", "node_type|engine_version", "changed", "warning", "a failover per node: seconds of 503"],
    ["aws_elasticache_.*", "num_cache_clusters", "changed", "warning", "there may be no replica to fail over to"],
    ["aws_appautoscaling_.*", ".*", "changed", "warning", "capacity follows the load differently: {}"],
    ["aws_ssm_parameter", "(insecure_)?value", "changed", "warning", "what reads it gets another value"],
    ["aws_.*", "filter_policy.*|((filter|event)_)?pattern", "changed", "warning", "it passes on other events"],
    ["aws_cloudfront_cache_policy", ".*", "changed", "warning", "compare for whom a cached response is: {}"],
    ["mongodbatlas_.*_cluster", "instance_size", "changed", "warning", "its nodes restart one by one, with elections"],
    ["mongodbatlas_.*_cluster", "mongo_db_major_version", "changed", "warning", "the version cannot be downgraded"],
    ["mongodbatlas_.*_cluster", "paused", "changed", "warning", "the database does not respond while it is paused"],
  ],
  Release: [
    ["aws_lambda_alias", "", "lost", "critical", "traffic shifts without CodeDeploy and its alarms"],
    ["aws_lambda_alias", target, "changed", "critical", "shifts all traffic immediately, past CodeDeploy's alarms: {}"],
    ["aws_lambda_function", version, "changed", "info", "a new version, for {}: it gets no traffic until a release"],
  ],
  Permissions: [
    ["aws_iam_access_key", "", "granted", "critical", "a key that does not expire: anyone who finds it has access"],
    ["aws_iam_(group|user_group)_membership", "", "granted", "warning", "members of the group get all its permissions"],
    ["aws_iam_openid_connect_provider", "", "granted", "warning", "the issuer or audience of accepted tokens changes"],
    ["aws_iam_user", "", "granted", "warning", "a user, whose access keys do not expire as those of a role do"],
    ["aws_iam_user_login_profile", "", "granted", "warning", "a password for the console"],
    ["aws_kms_grant", "", "granted", "warning", "a permission to use a key that no policy shows"],
    ["*", "permissions_boundary", "removed", "critical", "only its policies limit it now"],
    ["*", "permissions_boundary", "replaced", "warning", "compare what the two boundaries allow"],
    ["mongodbatlas_custom_db_role", "actions|inherited_roles", "changed", "warning", "compare what the role may do"],
    ["aws_elasticache_user", "type|no_password_required", /^$|no-password|true/, "critical", "it needs no password"],
    ["aws_elasticache_user", "access_string", /\+@all|allcommands/, "critical", "{} changes: its permissions in Redis"],
    ["aws_elasticache_user", "access_string", "replaced", "warning", "its permissions in Redis"],
  ],
  Network: [
    ["aws_s3_bucket_public_access_block", "", "removed", "critical", "the bucket can be made public"],
    ["aws_s3_.*_public_access_block", ".*", /^false$/, "critical", "the bucket can be made public: {} is off"],
    ["aws_s3_bucket_acl", "acl|uri", /public|authenticated|AllUsers/i, "critical", "gives the public access by {}"],
    ["aws_lambda_function_url", "authorization_type", /^NONE$/, "critical", "anyone may call the function by its URL"],
    ["*", "publicly_accessible|is_enabled_for_public", /^true$/, "critical", "the internet can reach it"],
    ["aws_.*(internet|nat)_gateway", "", "create", "warning", "connects the network to the internet"],
    ["*", "(vpc_)?security_group_ids|security_groups", "extended", "warning", "its sources can reach the resource too"],
    ["aws_vpc_peering_connection", "", "granted", "warning", "connects another network to ours"],
  ],
  WAF: [
    ["aws_wafv2_web_acl(_association)?", "", "removed", "critical", "no web ACL protects its resource"],
    ["aws_wafv2_web_acl_association", "", "replace", "warning", "for seconds there is no web ACL"],
    ["aws_cloudfront_distribution", "web_acl_id", "removed", "critical", "no web ACL protects it"],
    ["aws_cloudfront_distribution", "web_acl_id", "replaced", "warning", "compare what the two web ACLs block"],
    // Our rule groups are in a template, whose text no rule here reads.
    ["aws_cloudformation_stack", "template_body", "changed", "warning", "it may hold WAF rules: read it in the code"],
    ["aws_wafv2_(ip|regex_pattern)_set", ".*", "changed", "warning", "rules that refer to it match differently: {}"],
  ],
  Encryption: [
    [stores, "", "keyless", "warning", "our key does not encrypt it"],
    ["*", keys, "removed", "critical", "our key no longer encrypts it"],
    ["*", keys, "replaced", "warning", "data that the old key encrypted still needs it"],
    ["aws_sesv2_configuration_set", "tls_policy", /^OPTIONAL$/, "critical", "mails with links travel without TLS"],
    ["*", tls, "lowered", "critical", ""],
    ["*", tls, "raised", "info", ""],
    ["*", tls, "kept", "warning", ""],
    ["aws_kms_alias", "target_key_id", "replaced", "warning", "the name encrypts or signs with another key"],
  ],
  Protection: [
    ["aws_cloudwatch_.*_alarm|mongodbatlas_alert_.*", "", "removed", "warning", "it no longer notifies anyone"],
    ["aws_(budgets_budget|sns_topic)", "", "lost", "critical", "its subscribers are not notified of any alarm"],
    ["aws_appautoscaling_.*", "", "removed", "warning", "capacity no longer follows the load"],
    ["aws_codedeploy_.*", "", "lost", "critical", "no release or rollback is possible until it exists again"],
    ["aws_cloudwatch_log_data_protection_policy", "", "removed", "critical", "addresses and tokens are not masked"],
    ["aws_cloudwatch_log_metric_filter", "", "removed", "warning", "alarms on its metric never fire"],
    ["aws_sesv2_configuration_set_event_destination", "", "removed", "warning", "alarms on its metrics never fire"],
    ["aws_flow_log", "", "removed", "warning", "connections are not recorded"],
    ["aws_s3_bucket_lifecycle_configuration", "", "removed", "warning", "objects are kept forever"],
    ["aws_s3_bucket_object_lock_configuration", "", "removed", "critical", "objects can be deleted before their time"],
    ["aws_s3_bucket_replication_configuration", "", "removed", "critical", "there are no copies in another region"],
    ["aws_s3_bucket_server_side_encryption_.*", "", "removed", "critical", "objects are not encrypted with our key"],
    ["aws_s3_bucket_versioning", "", "removed", "critical", "overwritten objects are lost"],
    ["aws_scheduler_schedule", "", "removed", "critical", "what it starts, such as a backup, no longer starts"],
    ["aws_sns_topic_subscription", "", "removed", "warning", "its recipient is not notified of any alarm"],
    ["aws_vpc_endpoint_policy", "", "removed", "critical", "the endpoint allows all requests"],
    ["aws_wafv2_web_acl_logging_configuration", "", "removed", "warning", "actions of WAF are not recorded"],
    ["*", `${encryption}|${protection}|${recovery}`, "disabled", "critical", ""],
    ["*", secrecy, /^false$/, "critical", "data are not encrypted"],
    ["*", exposure, "enabled", "critical", ""],
    ["*", waiting, "zeroed", "critical", "a deletion cannot be canceled"],
    ["*", waiting, "decreased", "warning", "less time to cancel a deletion"],
    ["*", retention, "zeroed", "critical", "nothing is kept"],
    ["*", retention, "decreased", "warning", "older data are deleted"],
    ["*", "retention_in_days", "shortened", "warning", "older data are deleted"],
    ["*", ".*expiration.*(days|years)|expire_after_days", "limited", "warning", "older data are deleted"],
    ["*", ".*default_retention.*(days|years)", "decreased", "warning", "objects can be deleted sooner"],
    ["*", "authorization", /^(NONE)?$/, "critical", ""],
    ["*", "deployment_config_name", /^(?!.*(Canary|Linear))/, "critical", ""],
    ["*", "endpoint_access_mode", /^(?!STRICT$)/, "critical", ""],
    ["*", "mode", /^(?!COMPLIANCE$)/, "critical", ""],
    ["*", "object_ownership", /^(?!BucketOwnerEnforced$)/, "critical", ""],
    ["*", "origin_protocol_policy", /^(?!https-only$)/, "critical", ""],
    ["*", "signing_behavior", /^(?!always$)/, "critical", "the origin cannot tell CloudFront from others"],
    ["*", "sse_algorithm", /^(?!aws:kms)/, "critical", ""],
    ["*", "state|status", /^(?!ENABLED$|Enabled$)/, "critical", ""],
    ["*", "transit_encryption_mode", /^(?!required$)/, "critical", ""],
    ["*", "viewer_protocol_policy", /^(?!https-only$|redirect-to-https$)/, "critical", ""],
    ["aws_cloudwatch_log_data_protection_policy", "policy_document", "replaced", "warning", "it masks other texts"],
    ["*", "schedule_expression", "changed", "warning", "it starts at other times"],
    ["aws_cloudwatch_.*_alarm", "alarm_actions", "removed", "critical", "it notifies no one"],
    ["aws_cloudwatch_.*_alarm", "alarm_actions", "reduced", "warning", "it notifies fewer recipients than before"],
    [releases, "alarms", "reduced", "warning", "these alarms no longer stop a release"],
    [releases, "events", "reduced", "warning", "a release that ends so is not rolled back"],
    [releases, "ignore_poll_alarm_failure", "enabled", "warning", "a release continues if its alarms cannot be read"],
    [releases, "trigger_configuration", "replaced", "warning", "a failed release notifies others, or no one: {}"],
    ["aws_cloudwatch_.*_alarm", condition, "changed", "warning", "fires under another condition: {}"],
  ],
  // Of what no other row says that it is lost. What is harmless has a reason.
  Removed: [
    ["aws_acm_certificate_validation", "", "lost", "info", "it only waits for a certificate"],
    ["aws_cloudwatch_(dashboard|query_definition)", "", "lost", "info", "only people read it, and no alarm needs it"],
    ["*", "", "lost", "warning", "no rule here knows what depends on it"],
  ],
};
