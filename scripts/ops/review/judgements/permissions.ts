import { code } from "../code.ts";
import { isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import { type Grant, grantsOf, widened } from "../grants.ts";
import type { ResourceChange } from "../plan.ts";

/** Attributes that hold a policy document, by the type of the resource. */
const documents: Readonly<Record<string, readonly string[]>> = {
  aws_api_gateway_rest_api: ["policy"],
  aws_cloudwatch_log_resource_policy: ["policy_document"],
  aws_iam_group_policy: ["policy"],
  aws_iam_policy: ["policy"],
  aws_iam_role: ["assume_role_policy"],
  aws_iam_role_policy: ["policy"],
  aws_iam_user_policy: ["policy"],
  aws_kms_key: ["policy"],
  aws_kms_key_policy: ["policy"],
  aws_s3_bucket_policy: ["policy"],
  aws_secretsmanager_secret_policy: ["policy"],
  aws_sns_topic_policy: ["policy"],
  aws_sqs_queue: ["policy"],
  aws_sqs_queue_policy: ["policy"],
  aws_vpc_endpoint: ["policy"],
};

const subject = "Permissions";

/** Somebody may do more than before: which action on which resource. */
export function morePermissions(change: ResourceChange): Finding[] {
  return [
    ...(documents[change.type] ?? []).flatMap((attribute) => documentChange(change, attribute)),
    ...boundaryLost(change),
    ...attached(change),
    ...caller(change),
  ];
}

function documentChange(change: ResourceChange, attribute: string): Finding[] {
  if (isUnknown(change, attribute)) {
    const text = `${code(attribute)} is known only after the apply: read it in the code`;
    return [{ severity: "attention", subject, text }];
  }
  if (change.effect === "forget") return [];
  const before = grantsOf(change.before[attribute]);
  const after = grantsOf(change.after[attribute]);
  if (!before || !after) {
    return [
      { severity: "attention", subject, text: `${code(attribute)} is no policy that can be read here` },
    ];
  }
  // A policy that goes takes its permissions with it, and its prohibitions.
  const { allowed, noLongerForbidden } = widened(before, after);
  return [...said(allowed, "more is allowed"), ...said(noLongerForbidden, "less is forbidden")];
}

/** More than these are counted. */
const listed = 8;

function said(grants: readonly Grant[], what: string): Finding[] {
  if (grants.length === 0) return [];
  const lines = grants.slice(0, listed).map(sentence).join("; ");
  const more = grants.length > listed ? `; and ${grants.length - listed} more` : "";
  return [
    {
      severity: grants.some(isBoundless) ? "danger" : "attention",
      subject,
      text: `${what}: ${lines}${more}`,
    },
  ];
}

/** Of a condition only the keys: its values may be secrets that callers have to show. */
function sentence({ principal, action, resource, condition }: Grant): string {
  const keys = condition && [
    ...new Set(Object.values(JSON.parse(condition)).flatMap((part) => Object.keys(part as object))),
  ];
  return [
    code(action),
    ...(resource ? [`on ${code(resource)}`] : []),
    ...(principal ? [`by ${code(principal)}`] : []),
    ...(keys ? [`if ${keys.map(code).join(", ")} fits`] : []),
  ].join(" ");
}

const isBoundless = ({ effect, principal, action, resource, condition }: Grant): boolean =>
  effect === "Allow" &&
  ((/^(AWS:)?\*$/.test(principal) && condition === "") ||
    (action.endsWith("*") && /^(\*|iam:\*|sts:\*|kms:\*)$/i.test(action) && resource === "*") ||
    principal.startsWith("all but"));

function boundaryLost({ before, after, effect, ...change }: ResourceChange): Finding[] {
  const lost = before.permissions_boundary && !after.permissions_boundary;
  if (
    !lost ||
    effect === "destroy" ||
    effect === "forget" ||
    isUnknown({ before, after, effect, ...change }, "permissions_boundary")
  ) {
    return [];
  }
  const text = `its permissions boundary goes: nothing limits any more what its policies may allow`;
  return [{ severity: "danger", subject, text }];
}

function attached(change: ResourceChange): Finding[] {
  if (!/^aws_iam_(role|user|group)_policy_attachment$/.test(change.type)) return [];
  if (change.effect === "destroy" || change.effect === "forget") return [];
  const { policy_arn: policy, role, user, group } = change.after;
  const severity = /\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/.test(String(policy))
    ? "danger"
    : "attention";
  const to = role ?? user ?? group;
  return [
    {
      severity,
      subject,
      text: `${policy ? code(policy) : "a policy"} is attached${to ? ` to ${code(to)}` : ""}`,
    },
  ];
}

function caller({ type, effect, after }: ResourceChange): Finding[] {
  if (type !== "aws_lambda_permission" || effect === "destroy" || effect === "forget") return [];
  const { principal, action, function_name: name, source_arn: source, source_account: account } = after;
  const isOpen = principal === "*" || !(source ?? account);
  const text = `${code(principal)} may ${code(action)} on ${code(name)}${source ? ` for ${code(source)}` : ""}`;
  return [{ severity: isOpen && principal === "*" ? "danger" : "attention", subject, text }];
}
