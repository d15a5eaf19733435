import type { Attributes, Stacks } from "../../support/synthesize.ts";
import type { Statement } from "../rules/policies.ts";
import { referenced, resources } from "../rules/resources.ts";
import { getAttachedPolicies } from "../rules/roles.ts";
import type { Request } from "./simulation.ts";

/**
 * Changes the statements of each policy of a role, but for those that only refuse, for a test to break them.
 *
 * @param change gets the statements of a policy and returns what they become
 */
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

/** Lets a role make a request, as far as its own policies go. */
export function grant(stacks: Stacks, roleName: string, { action, resource }: Request): void {
  changePolicies(stacks, roleName, (statements) => [
    ...statements,
    { Sid: "Granted", Effect: "Allow", Action: [action], Resource: [resource] },
  ]);
}

function getPolicies(stacks: Stacks, roleName: string): Attributes[] {
  const inline = resources(stacks, "aws_iam_role_policy")
    .filter(
      ({ stack, attributes }) => referenced(stacks, stack, attributes.role)?.attributes.name === roleName,
    )
    .map(({ attributes }) => attributes);
  const managed = resources(stacks, "aws_iam_role")
    .filter(({ attributes }) => attributes.name === roleName)
    .flatMap((role) => getAttachedPolicies(stacks, role))
    .filter(({ policy }) => policy.includes('"Allow"'));
  return [...inline, ...managed];
}

/** Has the keys of a stack leave everything to the IAM policies of an account. */
export function openKeyPolicies(stacks: Stacks, stackName: string, accountId: string): void {
  for (const key of Object.values(stacks[stackName]!.resource.aws_kms_key!)) {
    key.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    });
  }
}

/** Lets the account's own principals take the roles of a stack. */
export function openTrustPolicies(stacks: Stacks, stackName: string, accountId: string): void {
  for (const role of Object.values(stacks[stackName]!.resource.aws_iam_role!)) {
    role.assume_role_policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "sts:AssumeRole",
      },
    });
  }
}
