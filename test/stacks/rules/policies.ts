import type { Stacks } from "../../support/synthesize.ts";
import { type Break, type Resource, referenced, replaceInAll, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** A statement as IAM reads it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Action?: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A statement and the resource whose policy it is in. */
export interface LocatedStatement {
  readonly resource: Resource;
  readonly statement: Statement;
}

/** Where resources hold a policy. */
const policyAttributes = ["policy", "policy_document", "assume_role_policy"];

/** Types with policies that are not IAM policies. */
const otherPolicies = ["aws_cloudwatch_log_data_protection_policy"];

/** Every statement of every policy: identity, trust and resource policies. */
export function statements(stacks: Stacks): LocatedStatement[] {
  const policed = resources(stacks).filter(({ type }) => !otherPolicies.includes(type));
  return policed.flatMap((resource) =>
    policyAttributes.flatMap((attribute) => {
      const text = resource.attributes[attribute];
      return typeof text === "string"
        ? (JSON.parse(text).Statement as Statement[]).map((statement) => ({ resource, statement }))
        : [];
    }),
  );
}

/** The statements of a role's inline policies. */
export const getRoleStatements = (stacks: Stacks, role: Resource | undefined): Statement[] =>
  statements(stacks)
    .filter(({ resource }) => resource.type === "aws_iam_role_policy" && resource.stack === role?.stack)
    .filter(({ resource }) => referenced(stacks, resource.stack, resource.attributes.role)?.id === role?.id)
    .map(({ statement }) => statement);

/** A rule that each statement of the policies follows. */
export const statementRule = (
  name: string,
  passes: (located: LocatedStatement, stacks: Stacks) => boolean | undefined,
): Rule => ({
  name,
  check: (stacks) =>
    statements(stacks)
      .filter((located) => !passes(located, stacks))
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
});

export const isAllowing = ({ Effect }: Statement): boolean => Effect === "Allow";

/**
 * Changes parts of the first statement that has an action, other than of boundaries and deploy roles, for a test to break a rule.
 * @param policyId part of the policy's id in Terraform; @default any policy
 */
export const changeStatement =
  (action: string, parts: Readonly<Record<string, unknown>>, policyId = ""): Break =>
  (stacks) => {
    const found = resources(stacks).find(
      ({ type, id, attributes: { policy } }) =>
        type !== "aws_iam_policy" && id.includes(policyId) && policy?.includes?.(`"${action}"`),
    );
    if (!found) throw new Error(`No policy has the action "${action}". Take an action in use.`);
    const document = JSON.parse(found.attributes.policy);
    document.Statement = document.Statement.map((statement: Statement) =>
      statement.Action?.includes(action) ? { ...statement, ...parts } : statement,
    );
    found.attributes.policy = JSON.stringify(document);
  };

/** Replaces text in all policies of one kind, or in those of the resources that match, for a test to break a rule. */
const replaceInPolicies =
  (type: string, attribute = "policy") =>
  (from: string | RegExp, to: string, matches?: (resource: Resource) => boolean): Break =>
    replaceInAll(type, attribute, from, to, matches);

export const inKeyPolicies = replaceInPolicies("aws_kms_key");
export const inManagedPolicies = replaceInPolicies("aws_iam_policy");
export const inRolePolicies = replaceInPolicies("aws_iam_role_policy");
export const inTrustPolicies = replaceInPolicies("aws_iam_role", "assume_role_policy");
