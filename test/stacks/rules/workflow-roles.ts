import { environments } from "../../../stacks/environments/index.ts";
import { gitHubRepository } from "../../../stacks/environments/shared.ts";
import type { Stacks } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import { getAttachedPolicies, getWorkflowSubjects, getWorkflowTask, isWorkflowRole } from "./roles.ts";
import type { Rule } from "./rule.ts";

const host = "token.actions.githubusercontent.com";

const workflowRoles = (stacks: Stacks) => resources(stacks, "aws_iam_role").filter(isWorkflowRole);

export const assumedByOneSubject: Rule = {
  name: "each environment has the roles of its workflows, each for one repository and one environment or branch of it alone",
  check: (stacks) =>
    Object.values(environments).flatMap((environment) => {
      const foundation = `ecobeat-${environment.name}-foundation`;
      const own = workflowRoles(stacks).filter(({ stackName }) => stackName === foundation);
      const missing = Object.keys(getWorkflowSubjects(environment)).filter(
        (task) => !own.some((role) => getWorkflowTask(role) === task),
      );
      return [
        ...missing.map((task) => `${foundation}: has no role for ${task}`),
        ...own
          .filter((role) => !isAssumedByItsSubject(stacks, role))
          .map(({ address }) => `${address}: is taken by others`),
      ];
    }),
};

function isAssumedByItsSubject(stacks: Stacks, role: Resource): boolean {
  const statements: Statement[] = JSON.parse(role.attributes.assume_role_policy).Statement;
  const subject = `repo:${gitHubRepository}:${getWorkflowSubjects(getEnvironment(role.stack))[getWorkflowTask(role)!]}`;
  return statements.every(({ Action, Principal, Condition }) => {
    const provider = referenced(stacks, role.stack, Principal?.Federated);
    return (
      Action?.join() === "sts:AssumeRoleWithWebIdentity" &&
      provider?.attributes.url === `https://${host}` &&
      JSON.stringify(Condition) ===
        JSON.stringify({ StringEquals: { [`${host}:aud`]: "sts.amazonaws.com", [`${host}:sub`]: subject } })
    );
  });
}

const inspectionActions = [
  "lambda:GetAlias",
  "lambda:GetFunction",
  "lambda:ListVersionsByFunction",
  "logs:GetLogEvents",
];

/** What a role of workflows may ask for. */
const allowedActions: Readonly<Record<string, readonly string[]>> = {
  "release-reader": [...inspectionActions, "cloudwatch:DescribeAlarms"],
  "restore-test": ["lambda:InvokeFunction"],
  release: [
    ...inspectionActions,
    "codedeploy:CreateDeployment",
    "codedeploy:GetApplicationRevision",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:ListDeployments",
    "codedeploy:RegisterApplicationRevision",
    "codedeploy:StopDeployment",
    "lambda:GetFunctionConfiguration",
    "lambda:InvokeFunction",
    "lambda:PublishVersion",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
};

export const leastPrivilegeWorkflows: Rule = {
  name: "a role of workflows may do what its commands ask for, calls no function that serves users, and has its one policy as its boundary",
  check: (stacks) =>
    workflowRoles(stacks).flatMap((role) => {
      const policies = getAttachedPolicies(stacks, role);
      const boundary = referenced(stacks, role.stack, role.attributes.permissions_boundary);
      const statements = policies.flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[]);
      const granted = statements.flatMap(({ Action = [], Resource = [] }) =>
        Action.map((action) => ({ action, resources: Resource })),
      );
      return [
        ...(policies.length === 1 && boundary?.attributes === policies[0]
          ? []
          : [`${role.address}: is not bound`]),
        ...granted
          .filter(
            ({ action, resources: on }) =>
              !allowedActions[getWorkflowTask(role)!]!.includes(action) ||
              (action === "lambda:InvokeFunction" &&
                !on.every((arn) => /-(migrate|restore-test)$/.test(arn))),
          )
          .map(({ action }) => `${role.address}: ${action}`),
      ];
    }),
};

export const releasesDeployedGroups: Rule = {
  name: "a release may begin deployments of the groups that the stacks have, by their configuration, and of no others",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => getWorkflowTask(role) === "release")
      .flatMap((role) => {
        const { name, accountId, region } = getEnvironment(role.stack);
        const arn = (resource: string) => `arn:aws:codedeploy:${region}:${accountId}:${resource}`;
        const groups = resources(stacks, "aws_codedeploy_deployment_group").filter(
          ({ stack }) => getEnvironment(stack).name === name,
        );
        const wanted = groups.flatMap(({ attributes }) => [
          arn(`application:ecobeat-${name}`),
          arn(`deploymentgroup:ecobeat-${name}/${attributes.deployment_group_name}`),
          arn(`deploymentconfig:${attributes.deployment_config_name}`),
        ]);
        const granted = getAttachedPolicies(stacks, role)
          .flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[])
          .flatMap(({ Resource = [] }) => Resource)
          .filter((resource) => resource.startsWith("arn:aws:codedeploy:"));
        const [needed, allowed] = [wanted, granted].map((arns) => [...new Set(arns)].sort().join(" "));
        return needed === allowed ? [] : [`${role.address}: is allowed ${allowed}`];
      }),
};
