import { allExcept, matchesPattern } from "../comparison.ts";
import { describeCondition, limits, limitsCallers } from "../conditions.ts";
import { isObject, isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, shorten, toCodeSpan, unknownYet } from "../finding.ts";
import { findWidenedGrants, type Grant, parseGrants } from "../grants.ts";
import type { ResourceChange } from "../resource-change.ts";

const toFinding = findingsAbout("Permissions");

/** Types whose policy is found even if it is known only after the apply. Known policies are found in any attribute. */
const policyTypes =
  /^aws_(api_gateway_rest_api|iam_((group|role|user)_)?policy|kms_key|s3_bucket_policy|sqs_queue|vpc_endpoint|(kms_key|secretsmanager_secret|sns_topic|sqs_queue|vpc_endpoint)_policy)$/;

const policyAttributes: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_resource_policy: "policy_document",
  aws_iam_role: "assume_role_policy",
};

/** A policy allows more than before: which action on which resource. */
export function checkPolicies(change: ResourceChange): Finding[] {
  const expected = policyAttributes[change.type] ?? (policyTypes.test(change.type) ? "policy" : undefined);
  const attributes = new Set([...(expected ? [expected] : []), ...Object.keys({ ...change.before, ...change.after })]);
  return [...attributes].flatMap((attribute) => checkDocument(change, attribute, attribute === expected));
}

function checkDocument(change: ResourceChange, attribute: string, isExpected: boolean): Finding[] {
  const [before, after] = [change.before, change.after].map((side) => findDocuments(side[attribute], isExpected));
  if (!isExpected && before!.length === 0 && after!.length === 0) return [];
  const name = toCodeSpan(attribute);
  if (isUnknown(change, attribute)) return [toFinding(`${name} ${unknownYet}`)];
  if (change.effect === "forget") return [];
  const [old, current] = [before!.map(parseGrants), after!.map(parseGrants)];
  if ([...old, ...current].includes(undefined)) {
    return isExpected ? [toFinding(`${name} is not a policy that can be read here`)] : [];
  }
  // A policy that is removed takes its denials with it.
  const { allowed, noLongerDenied, isTruncated } = findWidenedGrants(old.flat() as Grant[], current.flat() as Grant[]);
  const describe = (what: string, grants: readonly Grant[]): Finding[] => {
    if (grants.length === 0) return [];
    const lines = shorten(grants.map(describeGrant), maxListed, " statements").join("; ");
    const text = isSensitive(change, attribute) ? "the policy is sensitive, read it in the code" : lines;
    return [toFinding(`${what}: ${text}`, grants.some(isUnrestricted))];
  };
  return [
    ...describe("allows more", allowed),
    ...describe("denies less", noLongerDenied),
    ...(isTruncated ? [toFinding(`${name} is too large to compare: some of it may not be new`)] : []),
  ];
}

/** Policies within an attribute, such as those of `inline_policy`. */
function findDocuments(value: unknown, isExpected: boolean): string[] {
  if (isObject(value)) return Object.values(value).flatMap((nested) => findDocuments(nested, isExpected));
  const isDocument = typeof value === "string" && (isExpected ? value !== "" : /^\s*\{.*"Statement"/s.test(value));
  return isDocument ? [value] : [];
}

/** Of statements, actions and resources. */
const maxListed = 8;

/** Such as "`s3:GetObject` on `bucket/*` by `AWS:arn`". */
function describeGrant({ principals, actions, resources, condition }: Grant): string {
  const list = (values: readonly string[]) =>
    shorten(
      values.filter(Boolean).map((value) => toCodeSpan(value)),
      maxListed,
    ).join(", ");
  const [on, by] = [list(resources), list(principals)];
  return list(actions) + (on && ` on ${on}`) + (by && ` by ${by}`) + describeCondition(condition);
}

/** Actions by which a principal can give itself all other permissions. */
const escalationActions = [
  ...["iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:CreatePolicyVersion", "iam:PassRole"],
  ...["iam:PutRolePolicy", "iam:PutUserPolicy", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"],
];

function isUnrestricted({ effect, principals, actions, resources, condition }: Grant): boolean {
  if (effect !== "Allow") return false;
  if ([...principals, ...actions, ...resources].some((value) => value.startsWith(allExcept))) return true;
  // Without a condition, anyone with a token of the identity provider is accepted:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
  const isPublic = principals.some((principal) => /^(\w+:)?\*$|^Federated:/.test(principal));
  if (isPublic && !limitsCallers(condition)) return true;
  const allowsEverything =
    resources.includes("*") && actions.some((action) => /^(\*|(\*|iam|sts|kms):\*)$/i.test(action));
  const allowsEscalation =
    resources.some((resource) => /^(\*|arn:[^:]*:iam:[^:]*:[^:]*:(\*|[a-z]+\/\*))$/.test(resource)) &&
    actions.some((action) =>
      escalationActions.some((each) => matchesPattern(action.toLowerCase(), each.toLowerCase())),
    );
  return (allowsEverything || allowsEscalation) && !limits(condition);
}
