import type { Stacks } from "../support/synthesize.ts";
import { changeFirst, resources } from "./rules/resources.ts";
import { isWorkflowRole } from "./rules/roles.ts";
import { testRule } from "./rules/rule.ts";
import {
  assumedByOneSubject,
  leastPrivilegeWorkflows,
  releasesDeployedGroups,
} from "./rules/workflow-roles.ts";

const rolesOf = (stacks: Stacks) =>
  resources(stacks, "aws_iam_role")
    .filter(isWorkflowRole)
    .map(({ attributes }) => attributes);

/** Changes who takes the roles of workflows, in words. */
function changeTrust(stacks: Stacks, from: string, to: string): void {
  for (const role of rolesOf(stacks)) role.assume_role_policy = role.assume_role_policy.replace(from, to);
}

/** Changes the policy of staging's role that releases, in words. */
function changePolicy(stacks: Stacks, from: string, to: string): void {
  const policy = resources(stacks, "aws_iam_policy").find(
    ({ attributes }) => attributes.name === "ecobeat-staging-deploy-release",
  )!.attributes;
  policy.policy = policy.policy.replace(from, to);
}

describe("the roles of workflows", () => {
  testRule(assumedByOneSubject, {
    "any environment or branch of the repository": (stacks) =>
      changeTrust(stacks, "environment:staging", "*"),
    "pull requests": (stacks) => changeTrust(stacks, "environment:staging", "pull_request"),
    "the other environment's workflow": (stacks) =>
      changeTrust(stacks, "environment:production", "environment:staging"),
    "another repository": (stacks) => changeTrust(stacks, "/platform@", "/mobile@"),
    "whoever has the repository's name later": (stacks) =>
      changeTrust(stacks, "ecobeat@111111/platform@222222", "ecobeat/platform"),
    "another audience": (stacks) => changeTrust(stacks, "sts.amazonaws.com", "another"),
    "a comparison that knows wildcards": (stacks) => changeTrust(stacks, "StringEquals", "StringLike"),
    "HCP Terraform's tokens": (stacks) =>
      changeTrust(stacks, "workflow-roles_provider", "deploy-roles_provider"),
    "an environment that nobody may promote from": (stacks) => {
      const reader = rolesOf(stacks).find(({ name }) => name.endsWith("-release-reader"))!;
      reader.name = "another";
    },
  });

  testRule(leastPrivilegeWorkflows, {
    "a release that changes a function's settings": (stacks) =>
      changePolicy(stacks, "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    "a release that calls the function that signs": (stacks) =>
      changePolicy(stacks, "ecobeat-staging-migrate", "ecobeat-staging-auth"),
    "a release that calls all functions": (stacks) =>
      changePolicy(stacks, "ecobeat-staging-migrate", "ecobeat-staging-*"),
    "a release that opens a function": (stacks) =>
      changePolicy(stacks, "lambda:UpdateAlias", "lambda:AddPermission"),
    "a release that passes a role": (stacks) => changePolicy(stacks, "lambda:UpdateAlias", "iam:PassRole"),
    "a reader that writes": (stacks) => {
      const policy = resources(stacks, "aws_iam_policy").find(
        ({ attributes }) => attributes.name === "ecobeat-staging-deploy-release-reader",
      )!.attributes;
      policy.policy = policy.policy.replace("lambda:GetAlias", "lambda:UpdateAlias");
    },
    "a role without a boundary": (stacks) => {
      delete rolesOf(stacks)[0]!.permissions_boundary;
    },
    "a role with the boundary of functions": (stacks) => {
      const [role] = rolesOf(stacks);
      role!.permissions_boundary = "${aws_iam_policy.permissions-boundary_policy_00000000.arn}";
    },
    "a second policy": (stacks) => {
      const attachments = stacks["ecobeat-staging-foundation"]!.resource.aws_iam_role_policy_attachment!;
      const [, one] = Object.entries(attachments).find(([id]) =>
        id.startsWith("workflow-roles_release-policy"),
      )!;
      attachments.second = one;
    },
  });

  testRule(releasesDeployedGroups, {
    "a group that the role does not know": changeFirst("aws_codedeploy_deployment_group", {
      deployment_group_name: "ecobeat-staging-dump",
    }),
    "another configuration": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_codedeploy_deployment_group"))
        attributes.deployment_config_name = "CodeDeployDefault.LambdaAllAtOnce";
    },
    "deployments of any group": (stacks) =>
      changePolicy(stacks, "ecobeat-staging/ecobeat-staging-api", "*/*"),
  });
});
