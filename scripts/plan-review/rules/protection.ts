import { toCodeSpan } from "../code-span.ts";
import { computeDifferences, type Difference } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

/** Resources that are nothing but a protection: what is without it when they go. */
const protections: Readonly<Record<string, readonly [Severity, string]>> = {
  aws_cloudwatch_log_data_protection_policy: [
    "danger",
    "addresses and tokens in this log are no longer masked",
  ],
  aws_cloudwatch_composite_alarm: ["attention", "nobody is told any more"],
  aws_cloudwatch_log_metric_filter: ["attention", "alarms on what it counts never ring"],
  aws_cloudwatch_metric_alarm: ["attention", "nobody is told any more"],
  aws_flow_log: ["attention", "nobody sees afterwards who spoke with whom"],
  aws_s3_bucket_lifecycle_configuration: ["attention", "objects are kept for ever"],
  aws_s3_bucket_object_lock_configuration: ["danger", "objects may be deleted before their time"],
  aws_s3_bucket_replication_configuration: ["danger", "there is no copy in another region any more"],
  aws_s3_bucket_server_side_encryption_configuration: [
    "danger",
    "objects are no longer encrypted with our key",
  ],
  aws_s3_bucket_versioning: ["danger", "what is overwritten is gone"],
  aws_scheduler_schedule: ["danger", "what it starts, such as a backup, is not started any more"],
  aws_sns_topic_subscription: ["attention", "its receiver is told of no alarm any more"],
  aws_vpc_endpoint_policy: ["danger", "the endpoint lets everybody do everything through it"],
  aws_wafv2_web_acl_logging_configuration: ["attention", "nobody sees afterwards what WAF did"],
  mongodbatlas_alert_configuration: ["attention", "nobody is told any more"],
};

/** Encryption, deletion protection, retention or alarms are weaker than before. */
export function checkProtection(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget") {
    const protection = protections[change.type];
    if (!protection) return [];
    const [severity, text] = protection;
    return [{ severity, subject: "Protection", text: `goes: ${text}` }];
  }
  const differences = computeDifferences(change);
  const removals = differences.flatMap((difference) => checkExpiration(difference));
  if (change.effect === "create") return removals;
  return [...removals, ...differences.flatMap((difference) => checkWeakened(difference, change.type))];
}

/** What is on to protect, and off not to. */
const enabledAttributes =
  /^(encrypted|storage_encrypted|at_rest_encryption_enabled|transit_encryption_enabled|enable_key_rotation|deletion_protection(_enabled)?|termination_protection_enabled|multi_az_enabled|automatic_failover_enabled|actions_enabled|pit_enabled|backup_enabled|api_key_required|enabled|is_enabled|disable_execute_api_endpoint|sqs_managed_sse_enabled|point_in_time_recovery)$/;
const disabledAttributes =
  /^(force_destroy|skip_final_snapshot|publicly_accessible|bypass_policy_lockout_safety_check|is_enabled_for_public)$/;
const keyAttributes = /^(kms_key_id|kms_key_arn|kms_master_key_id|kms_data_key|key_arn)$/;
const retentionAttributes =
  /^(retention_in_days|deletion_window_in_days|message_retention_seconds|snapshot_retention_limit|backup_retention_period|restore_window_days|retention_value|recovery_window_in_days)$/;
const tlsAttributes =
  /^(security_policy|minimum_protocol_version|minimum_enabled_tls_protocol|tls_policy|ssl_policy)$/;

/** Attributes with modes of which some protect. */
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

function checkWeakened(
  { path, name, before, after, unknown, sensitive }: Difference,
  type: string,
): Finding[] {
  if (isAbsent(before) && !disabledAttributes.test(name)) return [];
  const finding = (severity: Severity, subject: string, text: string): Finding[] => [
    { severity, subject, text: `${toCodeSpan(path)} ${text}` },
  ];
  if (unknown) {
    return [enabledAttributes, keyAttributes, retentionAttributes, tlsAttributes].some((names) =>
      names.test(name),
    )
      ? finding("attention", "Protection", "is known only after the apply: read it in the code")
      : [];
  }
  if (enabledAttributes.test(name) && isTrue(before) && !isTrue(after))
    return finding("danger", "Protection", "is switched off");
  if (disabledAttributes.test(name) && !isTrue(before) && isTrue(after))
    return finding("danger", "Protection", "is switched on");
  if (type === "aws_cloudwatch_log_data_protection_policy" && name === "policy_document") {
    return finding("attention", "Protection", "changes: which texts are masked in the log");
  }
  if (type === "aws_kms_alias" && name === "target_key_id") {
    return finding(
      "attention",
      "Encryption",
      "becomes another key, for all that is encrypted or signed by this name",
    );
  }
  if (keyAttributes.test(name)) {
    return isAbsent(after)
      ? finding("danger", "Encryption", "is taken away: it is no longer encrypted with our key")
      : finding(
          "attention",
          "Encryption",
          "becomes another key: what was encrypted with the old one still needs it",
        );
  }
  if (
    retentionAttributes.test(name) &&
    typeof before === "number" &&
    isShorter(name, before, Number(after ?? 0))
  ) {
    const values = sensitive ? "falls" : `falls from ${before} to ${after ?? 0}`;
    return after
      ? finding("attention", "Protection", `${values}: what is older is deleted`)
      : finding("danger", "Protection", `${values}: nothing is kept any more`);
  }
  if (tlsAttributes.test(name)) return checkTls(String(before), after, sensitive, finding);
  if (secureModes[name]?.test(String(before)) && !secureModes[name].test(String(after ?? ""))) {
    return finding("danger", "Protection", sensitive ? "becomes weaker" : `becomes ${toCodeSpan(after)}`);
  }
  return [];
}

/** Attributes of rules by which something is deleted after days. */
const expirationAttributes = /(^|\.)(\w*expiration\w*|default_retention)\./;

/** Something is deleted sooner than before, or may be. */
function checkExpiration({ path, name, before, after }: Difference): Finding[] {
  const isLock = path.includes("default_retention");
  if (!(expirationAttributes.test(path) || name === "expire_after_days") || !/days|years/.test(name))
    return [];
  const [then, now] = [Number(before ?? 0), Number(after ?? 0)];
  // Where nothing was deleted, any number of days is sooner; what was never locked is locked no less.
  const isSooner = isLock ? now < then : now > 0 && (then === 0 || now < then);
  const was = then === 0 ? "" : ` where it was ${then}`;
  const text = isLock
    ? `${toCodeSpan(path)} is ${now}${was}: objects may be deleted sooner`
    : `${toCodeSpan(path)} is ${now}${was}: what is older is deleted`;
  return isSooner ? [{ severity: "attention", subject: "Protection", text }] : [];
}

const isTrue = (value: unknown): boolean => value === true || value === "true";

const isAbsent = (value: unknown): boolean => value === undefined || value === "";

/** CloudWatch Logs keeps for ever what is kept for 0 days; elsewhere 0 days are none. */
const isShorter = (name: string, before: number, after: number): boolean =>
  name === "retention_in_days" ? after !== 0 && (before === 0 || after < before) : after < before;

function checkTls(
  before: string,
  after: unknown,
  isSensitive: boolean,
  finding: (severity: Severity, subject: string, text: string) => Finding[],
): Finding[] {
  const [was, is] = [parseTlsVersion(before), parseTlsVersion(String(after ?? ""))];
  const text = isSensitive
    ? "becomes another one"
    : `becomes ${toCodeSpan(after)} where it was ${toCodeSpan(before)}`;
  if (was !== undefined && (is === undefined || is < was)) return finding("danger", "Encryption", text);
  return finding(is === was ? "attention" : "note", "Encryption", text);
}

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
function parseTlsVersion(policy: string): number | undefined {
  const [, minor] = /TLS_?v?1[._]?(\d)/i.exec(policy) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
