import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import { allExcept, findWidenedGrants, type Grant, matchesPattern, parseGrants } from "../grants.ts";
import type { ResourceChange } from "../plan.ts";

/** Attributes that hold a policy, so that one that is known only after the apply is found too. Known policies are found in any attribute. */
const policyAttributes: Readonly<Record<string, string>> = {
  aws_api_gateway_rest_api: "policy",
  aws_cloudwatch_log_resource_policy: "policy_document",
  aws_iam_group_policy: "policy",
  aws_iam_policy: "policy",
  aws_iam_role: "assume_role_policy",
  aws_iam_role_policy: "policy",
  aws_iam_user_policy: "policy",
  aws_kms_key: "policy",
  aws_kms_key_policy: "policy",
  aws_s3_bucket_policy: "policy",
  aws_secretsmanager_secret_policy: "policy",
  aws_sns_topic_policy: "policy",
  aws_sqs_queue: "policy",
  aws_sqs_queue_policy: "policy",
  aws_vpc_endpoint: "policy",
  aws_vpc_endpoint_policy: "policy",
};

const { warning, critical } = findingsAbout("Permissions");

/** A policy allows more than before: which action on which resource. */
export function checkPolicies(change: ResourceChange): Finding[] {
  const expected = policyAttributes[change.type];
  const present = [...Object.keys(change.before), ...Object.keys(change.after)];
  return [...new Set([...(expected ? [expected] : []), ...present])].flatMap((attribute) =>
    checkDocument(change, attribute, attribute === expected),
  );
}

function checkDocument(change: ResourceChange, attribute: string, isExpected: boolean): Finding[] {
  const before = findDocuments(change.before[attribute], isExpected);
  const after = findDocuments(change.after[attribute], isExpected);
  if (!isExpected && before.length === 0 && after.length === 0) return [];
  if (isUnknown(change, attribute)) {
    return [warning(`${toCodeSpan(attribute)} is known only after the apply: read it in the code`)];
  }
  if (change.effect === "forget") return [];
  const [old, current] = [parseAllGrants(before), parseAllGrants(after)];
  if (!old || !current) {
    return isExpected ? [warning(`${toCodeSpan(attribute)} is not a policy that can be read here`)] : [];
  }
  // A policy that is removed takes its denials with it.
  const { allowed, noLongerDenied } = findWidenedGrants(old, current);
  const isShown = !isSensitive(change, attribute);
  return [...toFindings(allowed, "allows more", isShown), ...toFindings(noLongerDenied, "denies less", isShown)];
}

/** Policies within an attribute, such as those of `inline_policy`. */
function findDocuments(value: unknown, isExpected: boolean): string[] {
  if (typeof value === "string") {
    const isDocument = isExpected || (value.trimStart().startsWith("{") && value.includes(`"Statement"`));
    return value !== "" && isDocument ? [value] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((nested) => findDocuments(nested, isExpected));
}

function parseAllGrants(texts: readonly string[]): Grant[] | undefined {
  const grants = texts.map(parseGrants);
  return grants.every((each) => each !== undefined) ? grants.flat() : undefined;
}

/** Further grants are counted. */
const maxListed = 8;

function toFindings(grants: readonly Grant[], what: string, isShown: boolean): Finding[] {
  if (grants.length === 0) return [];
  const more = grants.length > maxListed ? [`and ${grants.length - maxListed} more`] : [];
  const lines = [...grants.slice(0, maxListed).map(describeGrant), ...more].join("; ");
  const finding = grants.some(isUnrestricted) ? critical : warning;
  return [finding(`${what}: ${isShown ? lines : "the policy is sensitive, read it in the code"}`)];
}

/** Of a condition only the keys: its values may be secrets that callers have to send. */
function describeGrant({ principal, action, resource, condition }: Grant): string {
  const keys = condition && [
    ...new Set(Object.values(JSON.parse(condition)).flatMap((operands) => Object.keys(operands ?? {}))),
  ];
  return [
    toCodeSpan(action),
    ...(resource ? [`on ${toCodeSpan(resource)}`] : []),
    ...(principal ? [`by ${toCodeSpan(principal)}`] : []),
    ...(keys ? [`if ${keys.map(toCodeSpan).join(", ")} matches`] : []),
  ].join(" ");
}

const isUnrestricted = (grant: Grant): boolean =>
  grant.effect === "Allow" &&
  ([grant.principal, grant.action, grant.resource].some((value) => value.startsWith(allExcept)) ||
    (grant.condition === "" && (isPublic(grant) || allowsEverything(grant) || allowsEscalation(grant))));

/**
 * Without a condition, anyone with a token of the identity provider is accepted:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
const isPublic = ({ principal }: Grant): boolean => /^(\w+:)?\*$|^Federated:/.test(principal);

const allowsEverything = ({ action, resource }: Grant): boolean =>
  resource === "*" && /^(\*|(\*|iam|sts|kms):\*)$/i.test(action);

/** Actions by which a principal can give itself all other permissions. */
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
  escalationActions.some((each) => matchesPattern(action.toLowerCase(), each.toLowerCase()));
