import { deployActions } from "../../../stacks/deploy-permissions/deploy-policies.ts";
import type { Stacks } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import { getAttachedPolicies, isDeployRole, isWorkflowRole } from "./roles.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

export const isAllowing = ({ Effect }: Statement): boolean => Effect === "Allow";

export const twoDeployRoles: Rule = {
  name: "each environment has a role that plans and one that applies, each for the runs of that phase of its own workspaces alone",
  check: (stacks) =>
    Object.keys(stacks)
      .filter((name) => name.endsWith("-foundation"))
      .flatMap((foundation) => {
        const roles = resources(stacks, "aws_iam_role").filter(
          (role) => role.stackName === foundation && isDeployRole(role),
        );
        const wrong = roles.filter((role) => !isAssumedByOwnRuns(stacks, role));
        return [
          ...(roles.length === 2 ? [] : [`${foundation}: has ${roles.length} deploy roles`]),
          ...wrong.map(({ address }) => `${address}: is taken by others`),
        ];
      }),
};

function isAssumedByOwnRuns(stacks: Stacks, { stack, attributes }: Resource): boolean {
  const { name } = getEnvironment(stack);
  const statements: Statement[] = JSON.parse(attributes.assume_role_policy).Statement;
  const phase = attributes.name.split("-").at(-1);
  const own = Object.keys(stacks).filter((stackName) => stackName.startsWith(`ecobeat-${name}-`));
  const subjects = own.map(
    (workspace) => `organization:ecobeat:project:ecobeat-${name}:workspace:${workspace}:run_phase:${phase}`,
  );
  return statements.every(({ Action, Condition }) => {
    const { "app.terraform.io:aud": audience, "app.terraform.io:sub": accepted } =
      Condition?.StringEquals ?? {};
    return (
      Action?.join() === "sts:AssumeRoleWithWebIdentity" &&
      audience === "aws.workload.identity" &&
      Array.isArray(accepted) &&
      accepted.toSorted().join() === subjects.sort().join()
    );
  });
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
export const withinQuotas = rulesByType(
  "no policy is longer than IAM takes, and no role has more of them, or a longer one about who takes it",
  {
    aws_iam_policy: ({ attributes }) => attributes.policy.length <= 6_144,
    aws_iam_role: (role, stacks) =>
      getAttachedPolicies(stacks, role).length <= 10 && role.attributes.assume_role_policy.length <= 2_048,
  },
);

/** Every type of AWS's that the table speaks of. */
const knownTypes = Object.values(deployActions).flatMap((table) => Object.keys(table));

export const completeTable: Rule = {
  name: "the table of the deploy roles knows every resource type that a stack has, and no other, each once",
  check: (stacks) => {
    const used = new Set(
      resources(stacks)
        .map(({ type }) => type)
        .filter((type) => type.startsWith("aws_")),
    );
    return [
      ...[...used].filter((type) => !knownTypes.includes(type)).map((type) => `${type}: is not in the table`),
      ...knownTypes.filter((type) => !used.has(type)).map((type) => `${type}: is in no stack`),
      ...knownTypes
        .filter((type, index) => knownTypes.indexOf(type) !== index)
        .map((type) => `${type}: is in the table twice`),
    ];
  },
};

export const limitedDeployRoles = resourceRule(
  "every deploy role has the limits, and each statement of its policies a name of its own",
  "aws_iam_role",
  (role, stacks) => {
    const policies = getAttachedPolicies(stacks, role);
    const names = policies.map(({ policy }) =>
      (JSON.parse(policy).Statement as Statement[]).map(({ Sid }) => Sid),
    );
    return (
      !isDeployRole(role) ||
      (policies.some(({ name }) => name === `ecobeat-${getEnvironment(role.stack).name}-deploy-limits`) &&
        names.every((sids) => new Set(sids).size === sids.length))
    );
  },
);

/** What changes nothing, by AWS's names: an action that begins otherwise is no plan's. */
const readAction = /^[a-z0-9-]+:(Get|List|Describe|View|GET$)/;

export const readOnlyPlans: Rule = {
  name: "a run that plans may only read, and no values of secrets, objects or log events",
  check: (stacks) =>
    resources(stacks, "aws_iam_role")
      .filter((role) => isDeployRole(role) && role.attributes.name.endsWith("-plan"))
      .flatMap((role) =>
        getAttachedPolicies(stacks, role)
          .flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[])
          .filter(isAllowing)
          .flatMap(({ Action = [] }) => Action)
          .filter(
            (action) =>
              !readAction.test(action) ||
              /^(s3:GetObject|secretsmanager:|logs:(Get|Filter).*Events)/.test(action),
          )
          .map((action) => `${role.address}: ${action}`),
      ),
};

export const adminManaged: Rule = {
  name: "what an administrator looks after is under a path of its own, and nothing else is of its types",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_iam_policy"],
      "is under another path",
      ({ attributes }) => attributes.path === "/deploy/",
    ).concat(
      failing(
        stacks,
        ["aws_iam_role_policy_attachment"],
        "is of a role that others deploy",
        ({ stack, attributes }) => {
          const role = referenced(stacks, stack, attributes.role);
          return role !== undefined && (isDeployRole(role) || isWorkflowRole(role));
        },
      ),
    ),
};
