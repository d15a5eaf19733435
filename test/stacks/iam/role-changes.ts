import type { Attributes, Stacks } from "../../support/synthesize.ts";
import type { Statement } from "../rules/policies.ts";
import { resources } from "../rules/resources.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import type { Guard } from "./requests.ts";
import { findRole, getInlinePolicies, getManagedPolicies, type Request } from "./simulation.ts";

/** Changes the statements of each policy of a role that allows anything, for a test to break them. */
export function changePolicies(
  stacks: Stacks,
  roleName: string,
  change: (statements: Statement[]) => Statement[],
): void {
  for (const attributes of getPolicies(stacks, roleName)) {
    const document = JSON.parse(attributes.policy);
    attributes.policy = JSON.stringify({ ...document, Statement: change(document.Statement) });
  }
}

/** Allows a request in a role's own policies. */
export function grant(stacks: Stacks, roleName: string, { action, resource }: Request): void {
  changePolicies(stacks, roleName, (statements) => [
    ...statements,
    { Sid: "Granted", Effect: "Allow", Action: [action], Resource: [resource] },
  ]);
}

function getPolicies(stacks: Stacks, roleName: string): Attributes[] {
  const role = findRole(stacks, roleName);
  const managed = getManagedPolicies(stacks, role).filter(({ policy }) => policy.includes('"Allow"'));
  return [...getInlinePolicies(stacks, role), ...managed];
}

/** A policy of one statement. */
const toDocument = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });

/** Makes the keys of the foundation leave all permissions to the IAM policies of an account. */
export const openKeyPolicies =
  ({ foundation }: EnvironmentNames, { environment }: EnvironmentNames): Guard =>
  (stacks) => {
    const root = `arn:aws:iam::${environment.accountId}:root`;
    for (const key of Object.values(stacks[foundation]!.resource.aws_kms_key!)) {
      key.policy = toDocument({ Principal: { AWS: root }, Action: "kms:*", Resource: "*" });
    }
  };

/** Lets the account's own principals assume the roles of a stack. */
export const openTrustPolicies =
  (stackName: string, names: EnvironmentNames): Guard =>
  (stacks) => {
    for (const role of Object.values(stacks[stackName]!.resource.aws_iam_role!)) {
      role.assume_role_policy = toDocument({ Principal: { AWS: names.iam("root") }, Action: "sts:AssumeRole" });
    }
  };

/** Removes the policy of the backup bucket. */
export const openBackupBucket =
  ({ foundation }: EnvironmentNames): Guard =>
  (stacks) => {
    delete stacks[foundation]!.resource.aws_s3_bucket_policy;
  };

/** Makes the backup bucket accept changes of its policy from another account. */
export const openBackupBucketTo =
  ({ foundation, backupBucket }: EnvironmentNames, other: EnvironmentNames): Guard =>
  (stacks) => {
    for (const policy of Object.values(stacks[foundation]!.resource.aws_s3_bucket_policy!)) {
      policy.policy = toDocument({
        Principal: { AWS: other.iam("root") },
        Action: "s3:PutBucketPolicy",
        Resource: backupBucket,
      });
    }
  };

/** Makes the limits of the deploy roles deny nothing. */
export const removeLimits =
  (names: EnvironmentNames): Guard =>
  (stacks) => {
    const limits = resources(stacks, "aws_iam_policy").find(
      ({ attributes }) => attributes.name === names.deployRoleName("limits"),
    );
    limits!.attributes.policy = toDocument({ Effect: "Deny", Action: "s3:ListAllMyBuckets", Resource: "*" });
  };

/** Removes the boundary from every role. */
export const removeBoundaries: Guard = (stacks) => {
  for (const { attributes } of resources(stacks, "aws_iam_role")) delete attributes.permissions_boundary;
};

/** Turns the denials in the policies of functions into permissions. */
export const removeDenials =
  ({ prefix }: EnvironmentNames): Guard =>
  (stacks) => {
    for (const policy of Object.values(stacks[`${prefix}-service`]!.resource.aws_iam_role_policy!)) {
      policy.policy = policy.policy.replaceAll('"Deny"', '"Allow"');
    }
  };
