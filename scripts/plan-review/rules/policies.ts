import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import { allExcept, findWidenedGrants, type Grant, matchesPattern, parseGrants } from "../grants.ts";
import type { ResourceChange } from "../plan.ts";

/** Attributes that hold a policy, also where only the apply will tell it. One that is known is found wherever it stands. */
const policyAttributes: Readonly<Record<string, readonly string[]>> = {
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
  aws_vpc_endpoint_policy: ["policy"],
};

const subject = "Permissions";

/** A policy lets somebody do more than before: which action on which resource. */
export function checkPolicies(change: ResourceChange): Finding[] {
  const expected = policyAttributes[change.type] ?? [];
  const attributes = new Set([...expected, ...Object.keys(change.before), ...Object.keys(change.after)]);
  return [...attributes].flatMap((attribute) => checkDocument(change, attribute, expected));
}

function checkDocument(change: ResourceChange, attribute: string, expected: readonly string[]): Finding[] {
  const isExpected = expected.includes(attribute);
  const [before, after] = [change.before, change.after].map((side) =>
    findDocuments(side[attribute], isExpected),
  ) as [string[], string[]];
  if (!isExpected && before.length === 0 && after.length === 0) return [];
  if (isUnknown(change, attribute)) {
    const text = `${toCodeSpan(attribute)} is known only after the apply: read it in the code`;
    return [{ severity: "attention", subject, text }];
  }
  if (change.effect === "forget") return [];
  const [then, now] = [parseAllGrants(before), parseAllGrants(after)];
  if (!then || !now) {
    const text = `${toCodeSpan(attribute)} is no policy that can be read here`;
    return isExpected ? [{ severity: "attention", subject, text }] : [];
  }
  // A policy that goes takes its permissions with it, and its prohibitions.
  const { allowed, noLongerForbidden } = findWidenedGrants(then, now);
  const isShown = !isSensitive(change, attribute);
  return [
    ...toFindings(allowed, "more is allowed", isShown),
    ...toFindings(noLongerForbidden, "less is forbidden", isShown),
  ];
}

/** Policies within an attribute, such as those of `inline_policy`. */
function findDocuments(value: unknown, isExpected: boolean): string[] {
  if (typeof value === "string") {
    return value !== "" &&
      (isExpected || (value.trimStart().startsWith("{") && value.includes(`"Statement"`)))
      ? [value]
      : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((part) => findDocuments(part, isExpected));
}

function parseAllGrants(texts: readonly string[]): Grant[] | undefined {
  const grants = texts.map(parseGrants);
  return grants.every((each) => each !== undefined) ? grants.flat() : undefined;
}

/** More than these are counted. */
const maxListed = 8;

function toFindings(grants: readonly Grant[], what: string, isShown: boolean): Finding[] {
  if (grants.length === 0) return [];
  const lines = grants.slice(0, maxListed).map(describeGrant).join("; ");
  const more = grants.length > maxListed ? `; and ${grants.length - maxListed} more` : "";
  return [
    {
      severity: grants.some(isUnrestricted) ? "danger" : "attention",
      subject,
      text: `${what}: ${isShown ? `${lines}${more}` : "the policy is sensitive, read it in the code"}`,
    },
  ];
}

/** Of a condition only the keys: its values may be secrets that callers have to show. */
function describeGrant({ principal, action, resource, condition }: Grant): string {
  const keys = condition && [
    ...new Set(Object.values(JSON.parse(condition)).flatMap((part) => Object.keys(part ?? {}))),
  ];
  return [
    toCodeSpan(action),
    ...(resource ? [`on ${toCodeSpan(resource)}`] : []),
    ...(principal ? [`by ${toCodeSpan(principal)}`] : []),
    ...(keys ? [`if ${keys.map(toCodeSpan).join(", ")} fits`] : []),
  ].join(" ");
}

const isUnrestricted = (grant: Grant): boolean =>
  grant.effect === "Allow" &&
  ([grant.principal, grant.action, grant.resource].some((part) => part.startsWith(allExcept)) ||
    (grant.condition === "" && (isPublic(grant) || allowsEverything(grant) || allowsEscalation(grant))));

/** Whoever has a token of a provider is anybody: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
const isPublic = ({ principal }: Grant): boolean => /^(\w+:)?\*$|^Federated:/.test(principal);

const allowsEverything = ({ action, resource }: Grant): boolean =>
  resource === "*" && /^(\*|(\*|iam|sts|kms):\*)$/i.test(action);

/** By which somebody can give himself all else. */
const escalationActions = [
  "iam:AttachRolePolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreatePolicyVersion",
  "iam:PassRole",
  "iam:PutRolePolicy",
  "iam:PutUserPolicy",
  "iam:UpdateAssumeRolePolicy",
  "sts:AssumeRole",
];

const allowsEscalation = ({ action, resource }: Grant): boolean =>
  /^(\*|arn:[^:]*:iam:[^:]*:[^:]*:(\*|[a-z]+\/\*))$/.test(resource) &&
  escalationActions.some((power) => matchesPattern(action.toLowerCase(), power.toLowerCase()));
