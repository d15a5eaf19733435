import type { Stacks } from "../../support/synthesize.ts";
import { statements } from "./policies.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import { isDeployRole, isWorkflowRole } from "./roles.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** Whether a policy is the boundary of an environment: a limit, which grants nothing. */
export const isBoundary = ({ type, attributes }: Resource): boolean =>
  type === "aws_iam_policy" && /^ecobeat-[a-z]+-boundary$/.test(attributes.name);

export const boundedRoles = resourceRule(
  "every role carries its environment's boundary, but for those that deploy and those of workflows",
  "aws_iam_role",
  (role, stacks) => {
    const { name, accountId } = getEnvironment(role.stack);
    const boundary = referenced(stacks, role.stack, role.attributes.permissions_boundary);
    return (
      isDeployRole(role) ||
      isWorkflowRole(role) ||
      (boundary !== undefined && isBoundary(boundary)) ||
      role.attributes.permissions_boundary ===
        `arn:aws:iam::${accountId}:policy/deploy/ecobeat-${name}-boundary`
    );
  },
);

const allowedByBoundary = (stacks: Stacks, environment: string): Set<string> =>
  new Set(
    statements(stacks)
      .filter(({ resource }) => isBoundary(resource) && getEnvironment(resource.stack).name === environment)
      .filter(({ statement }) => statement.Effect === "Allow")
      .flatMap(({ statement }) => statement.Action ?? []),
  );

const grantedToRoles = (stacks: Stacks) =>
  statements(stacks)
    .filter(
      ({ resource: { type }, statement }) => type === "aws_iam_role_policy" && statement.Effect === "Allow",
    )
    .flatMap(({ resource, statement }) => (statement.Action ?? []).map((action) => ({ resource, action })));

export const sufficientBoundary: Rule = {
  name: "no boundary takes from a role what its policy grants",
  check: (stacks) =>
    grantedToRoles(stacks)
      .filter(
        ({ resource, action }) => !allowedByBoundary(stacks, getEnvironment(resource.stack).name).has(action),
      )
      .map(({ resource, action }) => `${resource.address}: ${action} is outside the boundary`),
};

export const tightBoundary: Rule = {
  name: "no boundary holds an action that no role has, or any of accounts and roles",
  check: (stacks) => {
    const granted = new Set(grantedToRoles(stacks).map(({ action }) => action));
    return resources(stacks, "aws_iam_policy")
      .filter(isBoundary)
      .flatMap(({ address, stack }) =>
        [...allowedByBoundary(stacks, getEnvironment(stack).name)]
          .filter((action) => !granted.has(action) || /^(iam|sts|organizations|account):/.test(action))
          .map((action) => `${address}: ${action}`),
      );
  },
};
