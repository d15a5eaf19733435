import type { Stacks } from "../../support/synthesize.ts";
import type { Statement } from "../rules/policies.ts";
import { referenced, resources } from "../rules/resources.ts";
import type { Request } from "./simulation.ts";

/**
 * Changes the statements of the first policy of a role, for a test to break them.
 *
 * @param change gets the statements and returns what they become
 */
export function changePolicy(
  stacks: Stacks,
  roleName: string,
  change: (statements: Statement[]) => Statement[],
): void {
  const policy = resources(stacks, "aws_iam_role_policy").find(
    ({ stack, attributes }) => referenced(stacks, stack, attributes.role)?.attributes.name === roleName,
  );
  if (!policy) {
    throw new Error(
      `The role "${roleName}" has no policy. A test wants to change it. Take a role that has one.`,
    );
  }
  const document = JSON.parse(policy.attributes.policy);
  policy.attributes.policy = JSON.stringify({ ...document, Statement: change(document.Statement) });
}

/** Lets a role make a request, as far as its own policy goes. */
export function grant(stacks: Stacks, roleName: string, { action, resource }: Request): void {
  changePolicy(stacks, roleName, (statements) => [
    ...statements,
    { Sid: "Granted", Effect: "Allow", Action: [action], Resource: [resource] },
  ]);
}
