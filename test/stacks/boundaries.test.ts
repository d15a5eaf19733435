import type { Stacks } from "../support/synthesize.ts";
import { changeStatement, inManagedPolicies, isAllowing, type LocatedStatement, statements } from "./rules/policies.ts";
import { changeFirst, getStackEnvironment, referenced, replaceInAll } from "./rules/resources.ts";
import { isBoundary, isDeployRole, isWorkflowRole } from "./rules/roles.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

const getActions = (located: readonly LocatedStatement[]) =>
  located
    .filter(({ statement }) => isAllowing(statement))
    .flatMap(({ resource, statement }) => (statement.Action ?? []).map((action) => ({ resource, action })));

const getBoundaryActions = (stacks: Stacks) =>
  getActions(statements(stacks).filter(({ resource }) => isBoundary(resource)));

const getRoleGrants = (stacks: Stacks) =>
  getActions(statements(stacks).filter(({ resource }) => resource.type === "aws_iam_role_policy"));

describe("the permissions boundary", () => {
  testRule(
    resourceRule(
      "every role has its environment's boundary, except deploy roles and roles of workflows",
      "aws_iam_role",
      (role, stacks) => {
        const { name, region, accountId } = getStackEnvironment(role.stack);
        const { permissions_boundary: reference } = role.attributes;
        const boundary = referenced(stacks, role.stack, reference);
        const arn = `arn:aws:iam::${accountId}:policy/deploy/ecobeat-${name}-boundary-${region}`;
        return isDeployRole(role) || isWorkflowRole(role) || reference === arn || (boundary && isBoundary(boundary));
      },
    ),
    {
      "a role without a boundary": changeFirst("aws_iam_role", { permissions_boundary: undefined }),
      "a role with the other environment's boundary": (stacks) => {
        const [role] = Object.values(stacks["ecobeat-staging-service"]!.resource.aws_iam_role!);
        role!.permissions_boundary = role!.permissions_boundary.replace("staging", "production");
      },
      "a role with a policy that is not a boundary": replaceInAll("aws_iam_policy", "name", "-boundary", "-x"),
      "another role under the path of the deploy roles": changeFirst("aws_iam_role", {
        permissions_boundary: undefined,
        path: "/deploy/",
      }),
    },
  );

  testRule(
    {
      name: "the boundary allows every action that the policy of a role grants",
      check: (stacks) => {
        const toKey = ({ resource, action }: ReturnType<typeof getBoundaryActions>[number]) =>
          `${getStackEnvironment(resource.stack).name} ${action}`;
        const allowed = new Set(getBoundaryActions(stacks).map(toKey));
        return getRoleGrants(stacks)
          .filter((grant) => !allowed.has(toKey(grant)))
          .map(({ resource, action }) => `${resource.address}: ${action} is outside the boundary`);
      },
    },
    {
      "a role with a new action": changeStatement("elasticache:Connect", {
        Action: ["elasticache:Connect", "elasticache:DescribeUsers"],
      }),
    },
  );

  testRule(
    {
      name: "the boundary allows no action that no role has, or that manages accounts and roles",
      check: (stacks) => {
        const granted = new Set(getRoleGrants(stacks).map(({ action }) => action));
        return getBoundaryActions(stacks)
          .filter(({ action }) => !granted.has(action) || /^(iam|sts|organizations|account):/.test(action))
          .map(({ resource, action }) => `${resource.address}: ${action}`);
      },
    },
    {
      "an action that no role has": inManagedPolicies("s3:ReplicateTags", "s3:ReplicateDelete", isBoundary),
      "a way to assume other roles": inManagedPolicies("ssm:GetParameters", "sts:AssumeRole", isBoundary),
    },
  );
});
