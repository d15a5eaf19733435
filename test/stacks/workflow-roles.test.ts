import { environments } from "../../stacks/environments/index.ts";
import { gitHubRepository } from "../../stacks/environments/shared.ts";
import type { Stacks } from "../support/synthesize.ts";
import { EnvironmentNames } from "./iam/environment-names.ts";
import {
  inspectionRequests,
  promotionRequests,
  releaseRequests,
  restoreTestRequests,
} from "./iam/workflow-requests.ts";
import type { Statement } from "./rules/policies.ts";
import { changeFirst, getEnvironment, type Resource, referenced, replaceInAll, resources } from "./rules/resources.ts";
import { getAttachedPolicies, getWorkflowSubjects, getWorkflowTask, isWorkflowRole } from "./rules/roles.ts";
import { type Rule, testRule } from "./rules/rule.ts";

const host = "token.actions.githubusercontent.com";

const workflowRoles = (stacks: Stacks) => resources(stacks, "aws_iam_role").filter(isWorkflowRole);

const getStatements = (stacks: Stacks, role: Resource): Statement[] =>
  getAttachedPolicies(stacks, role).flatMap(({ policy }) => JSON.parse(policy).Statement);

const assumedByOneSubject: Rule = {
  name: "each environment has the roles of its workflows, each for one repository and one environment or branch of it",
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
          .map(({ address }) => `${address}: other subjects may assume it`),
      ];
    }),
};

function isAssumedByItsSubject(stacks: Stacks, role: Resource): boolean {
  const statements: Statement[] = JSON.parse(role.attributes.assume_role_policy).Statement;
  const subjects = getWorkflowSubjects(getEnvironment(role.stack));
  const subject = `repo:${gitHubRepository}:${subjects[getWorkflowTask(role)!]}`;
  const condition = { StringEquals: { [`${host}:aud`]: "sts.amazonaws.com", [`${host}:sub`]: subject } };
  return statements.every(
    ({ Action, Principal, Condition }) =>
      Action?.join() === "sts:AssumeRoleWithWebIdentity" &&
      referenced(stacks, role.stack, Principal?.Federated)?.attributes.url === `https://${host}` &&
      JSON.stringify(Condition) === JSON.stringify(condition),
  );
}

/** The actions that each role may have: those of the requests that its commands make. */
function getAllowedActions(stacks: Stacks, role: Resource): string[] {
  const names = new EnvironmentNames(stacks, getEnvironment(role.stack));
  const requests = {
    "release-reader": [...inspectionRequests(names), ...promotionRequests(names)],
    "restore-test": restoreTestRequests(names),
    release: [...inspectionRequests(names), ...releaseRequests(names)],
  }[getWorkflowTask(role)!]!;
  return requests.map(({ action }) => action);
}

const leastPrivilege: Rule = {
  name: "a role of workflows has only the actions of its commands, calls no function that serves users, and has its one policy as boundary",
  check: (stacks) =>
    workflowRoles(stacks).flatMap((role) => {
      const policies = getAttachedPolicies(stacks, role);
      const boundary = referenced(stacks, role.stack, role.attributes.permissions_boundary);
      const allowed = getAllowedActions(stacks, role);
      const isBound = policies.length === 1 && boundary?.attributes === policies[0];
      const excessive = getStatements(stacks, role).flatMap(({ Action = [], Resource = [] }) =>
        Action.filter(
          (action) =>
            !allowed.includes(action) ||
            (action === "lambda:InvokeFunction" && !Resource.every((arn) => /-(migrate|restore-test)$/.test(arn))),
        ),
      );
      return [...(isBound ? [] : ["has no boundary"]), ...excessive].map((problem) => `${role.address}: ${problem}`);
    }),
};

const releasesDeployedGroups: Rule = {
  name: "a release may create deployments only of the groups in the stacks, with their configuration",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => getWorkflowTask(role) === "release")
      .flatMap((role) => {
        const { name, accountId, region } = getEnvironment(role.stack);
        const arn = (resource: string) => `arn:aws:codedeploy:${region}:${accountId}:${resource}`;
        const groups = resources(stacks, "aws_codedeploy_deployment_group").filter(
          ({ stack }) => getEnvironment(stack).name === name,
        );
        const needed = groups.flatMap(({ attributes }) => [
          arn(`application:ecobeat-${name}`),
          arn(`deploymentgroup:ecobeat-${name}/${attributes.deployment_group_name}`),
          arn(`deploymentconfig:${attributes.deployment_config_name}`),
        ]);
        const allowed = getStatements(stacks, role)
          .flatMap(({ Resource = [] }) => Resource)
          .filter((resource) => resource.startsWith("arn:aws:codedeploy:"));
        const toText = (arns: readonly string[]) => [...new Set(arns)].sort().join(" ");
        return toText(needed) === toText(allowed) ? [] : [`${role.address}: is allowed ${toText(allowed)}`];
      }),
};

const changeTrust = (from: string, to: string) =>
  replaceInAll("aws_iam_role", "assume_role_policy", from, to, isWorkflowRole);

const changePolicy = (from: string, to: string, task = "release") =>
  replaceInAll(
    "aws_iam_policy",
    "policy",
    from,
    to,
    ({ attributes }) => attributes.name === `ecobeat-staging-deploy-${task}-eu-west-1`,
  );

describe("the roles of workflows", () => {
  testRule(assumedByOneSubject, {
    "any environment or branch of the repository": changeTrust("environment:staging", "*"),
    "pull requests": changeTrust("environment:staging", "pull_request"),
    "the other environment's workflow": changeTrust("environment:production", "environment:staging"),
    "another repository": changeTrust("/platform@", "/mobile@"),
    "a later owner of the repository's name": changeTrust("ecobeat@111111/platform@222222", "ecobeat/platform"),
    "another audience": changeTrust("sts.amazonaws.com", "another"),
    "a comparison with wildcards": changeTrust("StringEquals", "StringLike"),
    "HCP Terraform's tokens": changeTrust("workflow-roles_provider", "deploy-roles_provider"),
    "an environment without a role for promotion": replaceInAll("aws_iam_role", "name", "-release-reader", "-x"),
  });

  testRule(leastPrivilege, {
    "a release that changes a function's settings": changePolicy(
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ),
    "a release that calls the function that signs": changePolicy("ecobeat-staging-migrate", "ecobeat-staging-auth"),
    "a release that calls all functions": changePolicy("ecobeat-staging-migrate", "ecobeat-staging-*"),
    "a release that changes who may call a function": changePolicy("lambda:UpdateAlias", "lambda:AddPermission"),
    "a release that passes a role": changePolicy("lambda:UpdateAlias", "iam:PassRole"),
    "a reader that writes": changePolicy("lambda:GetAlias", "lambda:UpdateAlias", "release-reader"),
    "a role without a boundary": (stacks) => {
      delete workflowRoles(stacks)[0]!.attributes.permissions_boundary;
    },
    "a role with the boundary of functions": (stacks) => {
      workflowRoles(stacks)[0]!.attributes.permissions_boundary =
        "${aws_iam_policy.permissions-boundary_policy_00000000.arn}";
    },
    "a second policy": (stacks) => {
      const attachments = stacks["ecobeat-staging-foundation"]!.resource.aws_iam_role_policy_attachment!;
      const [, one] = Object.entries(attachments).find(([id]) => id.startsWith("workflow-roles_release-policy"))!;
      attachments.second = one;
    },
  });

  testRule(releasesDeployedGroups, {
    "a group that the role does not name": changeFirst("aws_codedeploy_deployment_group", {
      deployment_group_name: "ecobeat-staging-dump",
    }),
    "another configuration": replaceInAll(
      "aws_codedeploy_deployment_group",
      "deployment_config_name",
      /.*/,
      "CodeDeployDefault.LambdaAllAtOnce",
    ),
    "deployments of any group": changePolicy("ecobeat-staging/ecobeat-staging-api", "*/*"),
  });
});
