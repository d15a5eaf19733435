import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, type Difference } from "../differences.ts";
import { type Finding, type FindingsByType, findingsAbout } from "../finding.ts";
import { isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Protection");
const encryption = findingsAbout("Encryption");

/** Resources whose only purpose is protection: what happens without them. */
const removals: FindingsByType = {
  aws_cloudwatch_log_data_protection_policy: critical("addresses and tokens in this log are not masked"),
  aws_cloudwatch_composite_alarm: warning("it no longer notifies anyone"),
  aws_cloudwatch_log_metric_filter: warning("alarms on its metric never fire"),
  aws_cloudwatch_metric_alarm: warning("it no longer notifies anyone"),
  aws_flow_log: warning("connections are not recorded"),
  aws_s3_bucket_lifecycle_configuration: warning("objects are kept forever"),
  aws_s3_bucket_object_lock_configuration: critical("objects can be deleted before their time"),
  aws_s3_bucket_replication_configuration: critical("there are no copies in another region"),
  aws_s3_bucket_server_side_encryption_configuration: critical("objects are not encrypted with our key"),
  aws_s3_bucket_versioning: critical("overwritten objects are lost"),
  aws_scheduler_schedule: critical("what it starts, such as a backup, no longer starts"),
  aws_sns_topic_subscription: warning("its recipient is not notified of any alarm"),
  aws_vpc_endpoint_policy: critical("the endpoint allows all requests"),
  aws_wafv2_web_acl_logging_configuration: warning("actions of WAF are not recorded"),
  mongodbatlas_alert_configuration: warning("it no longer notifies anyone"),
};

/** Encryption, deletion protection or retention is weaker than before. */
export function checkProtection(change: ResourceChange): Finding[] {
  const { type, effect } = change;
  if (isRemoval(change)) {
    const removal = removals[type];
    return removal ? [{ ...removal, text: `is removed: ${removal.text}` }] : [];
  }
  return computeDifferences(change).flatMap((difference) => [
    ...checkExpiration(difference),
    ...(effect === "create" ? [] : checkWeakened(difference, type)),
  ]);
}

/** Settings that protect while they are enabled, and those that protect while they are disabled. */
const enabledAttributes =
  /^(encrypted|storage_encrypted|at_rest_encryption_enabled|transit_encryption_enabled|enable_key_rotation|deletion_protection(_enabled)?|termination_protection_enabled|multi_az_enabled|automatic_failover_enabled|actions_enabled|pit_enabled|backup_enabled|api_key_required|enabled|is_enabled|disable_execute_api_endpoint|sqs_managed_sse_enabled|point_in_time_recovery)$/;
const disabledAttributes =
  /^(force_destroy|skip_final_snapshot|publicly_accessible|bypass_policy_lockout_safety_check|is_enabled_for_public)$/;
const keyAttributes = /^(kms_key_id|kms_key_arn|kms_master_key_id|kms_data_key|key_arn)$/;
const retentionAttributes =
  /^(retention_in_days|deletion_window_in_days|message_retention_seconds|snapshot_retention_limit|backup_retention_period|restore_window_days|retention_value|recovery_window_in_days)$/;
const tlsAttributes = /^(security_policy|minimum_protocol_version|minimum_enabled_tls_protocol|tls_policy|ssl_policy)$/;

/** Attributes of which some values protect. */
const secureModes: Readonly<Record<string, RegExp>> = {
  authorization: /^(?!NONE$)/,
  deployment_config_name: /Canary|Linear/,
  endpoint_access_mode: /^STRICT$/,
  mode: /^COMPLIANCE$/,
  object_ownership: /^BucketOwnerEnforced$/,
  origin_protocol_policy: /^https-only$/,
  sse_algorithm: /^aws:kms/,
  state: /^ENABLED$/,
  status: /^Enabled$/,
  transit_encryption_mode: /^required$/,
  viewer_protocol_policy: /^(https-only|redirect-to-https)$/,
};

function checkWeakened(difference: Difference, type: string): Finding[] {
  const { path, name, before, after, unknown, sensitive } = difference;
  if (isAbsent(before) && !disabledAttributes.test(name)) return [];
  const attribute = toCodeSpan(path);
  if (unknown) {
    return [enabledAttributes, keyAttributes, retentionAttributes, tlsAttributes].some((names) => names.test(name))
      ? [warning(`${attribute} is known only after the apply: read it in the code`)]
      : [];
  }
  if (enabledAttributes.test(name) && isTrue(before) && !isTrue(after)) {
    return [critical(`${attribute} is switched off`)];
  }
  if (disabledAttributes.test(name) && !isTrue(before) && isTrue(after)) {
    return [critical(`${attribute} is switched on`)];
  }
  if (type === "aws_cloudwatch_log_data_protection_policy" && name === "policy_document") {
    return [warning(`${attribute} changes: which texts are masked in the log`)];
  }
  if (type === "aws_kms_alias" && name === "target_key_id") {
    return [encryption.warning(`${attribute} changes: the name encrypts or signs with another key`)];
  }
  if (keyAttributes.test(name)) {
    return isAbsent(after)
      ? [encryption.critical(`${attribute} is removed: our key no longer encrypts it`)]
      : [encryption.warning(`${attribute} changes: data that the old key encrypted still needs it`)];
  }
  if (retentionAttributes.test(name) && typeof before === "number") {
    return checkRetention(difference, before, Number(after ?? 0));
  }
  if (tlsAttributes.test(name)) return checkTls(difference);
  if (secureModes[name]?.test(String(before)) && !secureModes[name].test(String(after ?? ""))) {
    return [critical(`${attribute} becomes ${sensitive ? "weaker" : toCodeSpan(after)}`)];
  }
  return [];
}

/** CloudWatch Logs keeps forever what is kept for 0 days; elsewhere 0 days are none. */
function checkRetention({ path, name, sensitive }: Difference, before: number, after: number): Finding[] {
  const isShorter = name === "retention_in_days" ? after !== 0 && (before === 0 || after < before) : after < before;
  if (!isShorter) return [];
  const fall = `${toCodeSpan(path)} falls${sensitive ? "" : ` from ${before} to ${after}`}`;
  return [after ? warning(`${fall}: older data are deleted`) : critical(`${fall}: nothing is kept`)];
}

/** Attributes of rules that delete data after some days. */
const expirationAttributes = /(^|\.)(\w*expiration\w*|default_retention)\./;

/** Data are deleted sooner than before, or can be. */
function checkExpiration({ path, name, before, after }: Difference): Finding[] {
  const isLock = path.includes("default_retention");
  if (!(expirationAttributes.test(path) || name === "expire_after_days") || !/days|years/.test(name)) return [];
  const [old, current] = [Number(before ?? 0), Number(after ?? 0)];
  // Where nothing was deleted, any number of days is sooner; what was never locked is locked no less.
  const isSooner = isLock ? current < old : current > 0 && (old === 0 || current < old);
  if (!isSooner) return [];
  const consequence = isLock ? "objects can be deleted sooner" : "older data are deleted";
  return [warning(`${toCodeSpan(path)} is ${current}${old === 0 ? "" : `, before: ${old}`}: ${consequence}`)];
}

const isTrue = (value: unknown): boolean => value === true || value === "true";

const isAbsent = (value: unknown): boolean => value === undefined || value === "";

function checkTls({ path, before, after, sensitive }: Difference): Finding[] {
  const [old, current] = [parseTlsVersion(before), parseTlsVersion(after)];
  const text = sensitive
    ? `${toCodeSpan(path)} changes`
    : `${toCodeSpan(path)} becomes ${toCodeSpan(after)}, before: ${toCodeSpan(before)}`;
  const isLower = old !== undefined && (current === undefined || current < old);
  return [encryption[isLower ? "critical" : current === old ? "warning" : "info"](text)];
}

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
function parseTlsVersion(policy: unknown): number | undefined {
  const [, minor] = /TLS_?v?1[._]?(\d)/i.exec(String(policy ?? "")) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
