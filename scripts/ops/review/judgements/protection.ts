import { code } from "../code.ts";
import { type Difference, differencesOf } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

/** Resources that are nothing but a protection: what is without it when they go. */
const protections: Readonly<Record<string, readonly [Severity, string]>> = {
  aws_cloudwatch_log_data_protection_policy: [
    "danger",
    "addresses and tokens in this log are no longer masked",
  ],
  aws_cloudwatch_metric_alarm: ["attention", "nobody is told any more"],
  aws_s3_bucket_lifecycle_configuration: ["attention", "objects are kept for ever"],
  aws_s3_bucket_object_lock_configuration: ["danger", "objects may be deleted before their time"],
  aws_s3_bucket_replication_configuration: ["danger", "there is no copy in another region any more"],
  aws_s3_bucket_server_side_encryption_configuration: [
    "danger",
    "objects are no longer encrypted with our key",
  ],
  aws_s3_bucket_versioning: ["danger", "what is overwritten is gone"],
};

/** Encryption, deletion protection, retention or alarms are weaker than before. */
export function weakerProtection(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget") {
    const protection = protections[change.type];
    if (!protection) return [];
    const [severity, text] = protection;
    return [{ severity, subject: "Protection", text: `goes: ${text}` }];
  }
  if (change.effect === "create") return [];
  return differencesOf(change).flatMap((difference) => weaker(difference));
}

/** What is on to protect, and off not to. */
const on =
  /^(encrypted|storage_encrypted|at_rest_encryption_enabled|transit_encryption_enabled|enable_key_rotation|deletion_protection(_enabled)?|termination_protection_enabled|multi_az_enabled|automatic_failover_enabled|actions_enabled|pit_enabled|backup_enabled|api_key_required|disable_execute_api_endpoint|sqs_managed_sse_enabled|point_in_time_recovery)$/;
const off =
  /^(force_destroy|skip_final_snapshot|publicly_accessible|bypass_policy_lockout_safety_check|is_enabled_for_public)$/;
const keys = /^(kms_key_id|kms_key_arn|kms_master_key_id|kms_data_key|key_arn)$/;
const kept =
  /^(retention_in_days|deletion_window_in_days|message_retention_seconds|snapshot_retention_limit|backup_retention_period|restore_window_days|retention_value|recovery_window_in_days)$/;
const tls = /^(security_policy|minimum_protocol_version|minimum_enabled_tls_protocol|tls_policy|ssl_policy)$/;
const modes: Readonly<Record<string, readonly [string, string]>> = {
  transit_encryption_mode: ["required", "preferred"],
  status: ["Enabled", "Suspended"],
};

function weaker({ path, name, before, after, unknown, sensitive }: Difference): Finding[] {
  if (unknown || sensitive) return [];
  const finding = (severity: Severity, subject: string, text: string): Finding[] => [
    { severity, subject, text: `${code(path)} ${text}` },
  ];
  if (on.test(name) && before === true && after !== true)
    return finding("danger", "Protection", "is switched off");
  if (off.test(name) && before !== true && after === true)
    return finding("danger", "Protection", "is switched on");
  if (keys.test(name) && before !== undefined) {
    return after === undefined
      ? finding("danger", "Encryption", "is taken away: it is no longer encrypted with our key")
      : finding(
          "attention",
          "Encryption",
          "becomes another key: what was encrypted with the old one still needs it",
        );
  }
  if (
    kept.test(name) &&
    typeof before === "number" &&
    typeof after === "number" &&
    isShorter(before, after)
  ) {
    return finding("attention", "Protection", `falls from ${before} to ${after}: what is older is deleted`);
  }
  if (tls.test(name) && before !== undefined) return tlsChange(String(before), after, finding);
  const [strict, loose] = modes[name] ?? [];
  if (strict && before === strict && after === loose)
    return finding("danger", "Protection", `becomes ${code(after)}`);
  return [];
}

/** CloudWatch Logs keeps for ever what is kept for 0 days. */
const isShorter = (before: number, after: number): boolean => after !== 0 && (before === 0 || after < before);

function tlsChange(
  before: string,
  after: unknown,
  finding: (severity: Severity, subject: string, text: string) => Finding[],
): Finding[] {
  const [was, is] = [tlsVersion(before), tlsVersion(String(after ?? ""))];
  const text = `becomes ${code(after)} where it was ${code(before)}`;
  if (was !== undefined && (is === undefined || is < was)) return finding("danger", "Encryption", text);
  return finding(is === was ? "attention" : "note", "Encryption", text);
}

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
function tlsVersion(policy: string): number | undefined {
  const [, minor] = /TLS_?v?1[._]?(\d)/i.exec(policy) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
