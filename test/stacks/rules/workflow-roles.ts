import { environments, gitHubRepository } from "../../../stacks/environments.ts";
import type { Stacks } from "../../support/synthesize.ts";
import type { Statement } from "./policies.ts";
import { environmentOf, type Resource, referenced, resources } from "./resources.ts";
import { attachedTo, isWorkflowRole, subjectsOf, taskOf } from "./roles.ts";
import type { Rule } from "./rule.ts";

const host = "token.actions.githubusercontent.com";

const workflowRoles = (stacks: Stacks) => resources(stacks, "aws_iam_role").filter(isWorkflowRole);

export const takenByOneSubject: Rule = {
  name: "each environment has the roles of its workflows, each for one repository and one environment or branch of it alone",
  check: (stacks) =>
    Object.values(environments).flatMap((environment) => {
      const foundation = `ecobeat-${environment.name}-foundation`;
      const own = workflowRoles(stacks).filter(({ stackName }) => stackName === foundation);
      const missing = Object.keys(subjectsOf(environment)).filter(
        (task) => !own.some((role) => taskOf(role) === task),
      );
      return [
        ...missing.map((task) => `${foundation}: has no role for ${task}`),
        ...own
          .filter((role) => !isTakenByItsSubject(stacks, role))
          .map(({ address }) => `${address}: is taken by others`),
      ];
    }),
};

function isTakenByItsSubject(stacks: Stacks, role: Resource): boolean {
  const statements: Statement[] = JSON.parse(role.attributes.assume_role_policy).Statement;
  const subject = `repo:${gitHubRepository}:${subjectsOf(environmentOf(role.stack))[taskOf(role)!]}`;
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

const looking = [
  "lambda:GetAlias",
  "lambda:GetFunction",
  "lambda:ListVersionsByFunction",
  "logs:GetLogEvents",
];

/** What a role of workflows may ask for. */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  "release-reader": [...looking, "cloudwatch:DescribeAlarms"],
  "restore-test": ["lambda:InvokeFunction"],
  release: [
    ...looking,
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

export const noMoreThanReleases: Rule = {
  name: "a role of workflows may do what its commands ask for, calls no function that serves users, and has its one policy as its boundary",
  check: (stacks) =>
    workflowRoles(stacks).flatMap((role) => {
      const policies = attachedTo(stacks, role);
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
              !actionsOf[taskOf(role)!]!.includes(action) ||
              (action === "lambda:InvokeFunction" &&
                !on.every((arn) => /-(migrate|restore-test)$/.test(arn))),
          )
          .map(({ action }) => `${role.address}: ${action}`),
      ];
    }),
};

export const releasesWhatIsDeployed: Rule = {
  name: "a release may begin deployments of the groups that the stacks have, by their configuration, and of no others",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => taskOf(role) === "release")
      .flatMap((role) => {
        const { name, accountId, region } = environmentOf(role.stack);
        const arn = (resource: string) => `arn:aws:codedeploy:${region}:${accountId}:${resource}`;
        const groups = resources(stacks, "aws_codedeploy_deployment_group").filter(
          ({ stack }) => environmentOf(stack).name === name,
        );
        const wanted = groups.flatMap(({ attributes }) => [
          arn(`application:ecobeat-${name}`),
          arn(`deploymentgroup:ecobeat-${name}/${attributes.deployment_group_name}`),
          arn(`deploymentconfig:${attributes.deployment_config_name}`),
        ]);
        const granted = attachedTo(stacks, role)
          .flatMap(({ policy }) => JSON.parse(policy).Statement as Statement[])
          .flatMap(({ Resource = [] }) => Resource)
          .filter((resource) => resource.startsWith("arn:aws:codedeploy:"));
        const [needed, allowed] = [wanted, granted].map((arns) => [...new Set(arns)].sort().join(" "));
        return needed === allowed ? [] : [`${role.address}: is allowed ${allowed}`];
      }),
};
