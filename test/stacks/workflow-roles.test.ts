import type { Stacks } from "../support/synthesize.ts";
import { EnvironmentNames } from "./iam/environment-names.ts";
import {
  alarmOverrideRequests,
  inspectionRequests,
  promotionRequests,
  releaseRequests,
  restoreTestRequests,
} from "./iam/workflow-requests.ts";
import { inManagedPolicies, type Statement } from "./rules/policies.ts";
import {
  changeFirst,
  getStackEnvironment,
  type Resource,
  referenced,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { getAttachedPolicies, getWorkflowTask, isWorkflowRole } from "./rules/roles.ts";
import { type Rule, testRule } from "./rules/rule.ts";

const workflowRoles = (stacks: Stacks) => resources(stacks, "aws_iam_role").filter(isWorkflowRole);

const getStatements = (stacks: Stacks, role: Resource): Statement[] =>
  getAttachedPolicies(stacks, role).flatMap(({ policy }) => JSON.parse(policy).Statement);

/** The actions that each role may have: those of the requests that its commands make. */
function getAllowedActions(role: Resource): string[] {
  const names = new EnvironmentNames(getStackEnvironment(role.stack));
  const release = [...inspectionRequests(names), ...releaseRequests(names)];
  const requests = {
    "release-reader": [...inspectionRequests(names), ...promotionRequests(names)],
    "restore-test": restoreTestRequests(names),
    release,
    "release-override": [...release, ...alarmOverrideRequests(names)],
  }[getWorkflowTask(role)!]!;
  return requests.map(({ action }) => action);
}

/** The functions whose code a release brings. */
const releasedArn = /function:ecobeat-[a-z]+-(api|auth|migrate|pre-traffic)(:\*)?$/;

const leastPrivilege: Rule = {
  name: "a role of workflows has only the actions of its commands, calls no function that serves users, replaces no other archive than those of a release, and has its one policy as boundary",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => getWorkflowTask(role) !== "preview")
      .flatMap((role) => {
        const policies = getAttachedPolicies(stacks, role);
        const boundary = referenced(stacks, role.stack, role.attributes.permissions_boundary);
        const allowed = getAllowedActions(role);
        const isBound = policies.length === 1 && boundary?.attributes === policies[0];
        const excessive = getStatements(stacks, role).flatMap(({ Action = [], Resource = [] }) =>
          Action.filter(
            (action) =>
              !allowed.includes(action) ||
              (action === "lambda:InvokeFunction" && !Resource.every((arn) => /-(migrate|restore-test)$/.test(arn))) ||
              (action === "lambda:UpdateFunctionCode" && !Resource.every((arn) => releasedArn.test(arn))),
          ),
        );
        return [...(isBound ? [] : ["has no boundary"]), ...excessive].map((problem) => `${role.address}: ${problem}`);
      }),
};

/** What API Gateway, CloudWatch and EC2 allow on all resources alone, or reads. */
const unlimited =
  /^(ec2:Describe\w+|logs:(Describe|Get|List|Create|Update|Delete)LogDeliver(y|ies)|logs:(DescribeLogGroups|DescribeResourcePolicies|PutResourcePolicy)|apigateway:GET)$/;

const previewsOnly: Rule = {
  name: "the role of previews may only change what has the name or the tag of a preview, and has its one policy as boundary",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => getWorkflowTask(role) === "preview")
      .flatMap((role) => {
        const policies = getAttachedPolicies(stacks, role);
        const boundary = referenced(stacks, role.stack, role.attributes.permissions_boundary);
        const isBound = policies.length === 1 && boundary?.attributes === policies[0];
        const excessive = getStatements(stacks, role)
          .filter(({ Effect }) => Effect === "Allow")
          .flatMap(({ Action = [], Resource = [], Condition }) => {
            const values = Condition?.StringEquals ?? {};
            const isTagged = ["aws:ResourceTag/environment", "aws:RequestTag/environment"].some(
              (key) => values[key] === "preview",
            );
            const keepsTag = Condition?.["ForAllValues:StringNotEqualsIgnoreCase"]?.["aws:TagKeys"] === "environment";
            const isNamed = Resource.every((arn) => /[:/]ecobeat-pr-\*/.test(arn));
            return isTagged || keepsTag || isNamed ? [] : Action.filter((action) => !unlimited.test(action));
          });
        return [...(isBound ? [] : ["has no boundary"]), ...excessive].map((problem) => `${role.address}: ${problem}`);
      }),
};

const releasesDeployedGroups: Rule = {
  name: "a release may create deployments only of the groups in the stacks, with their configuration",
  check: (stacks) =>
    workflowRoles(stacks)
      .filter((role) => /^release(-override)?$/.test(getWorkflowTask(role)!))
      .flatMap((role) => {
        const { name, accountId, region } = getStackEnvironment(role.stack);
        const arn = (resource: string) => `arn:aws:codedeploy:${region}:${accountId}:${resource}`;
        const groups = resources(stacks, "aws_codedeploy_deployment_group").filter(
          ({ stack }) => getStackEnvironment(stack).name === name,
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

const changePolicy = (from: string, to: string, task = "release") =>
  inManagedPolicies(from, to, ({ attributes }) => attributes.name === `ecobeat-staging-deploy-${task}-eu-west-1`);

describe("the roles of workflows", () => {
  testRule(leastPrivilege, {
    "a release that changes a function's settings": changePolicy(
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ),
    "a release that calls the function that signs": changePolicy("ecobeat-staging-migrate", "ecobeat-staging-auth"),
    "a release that calls all functions": changePolicy("ecobeat-staging-migrate", "ecobeat-staging-*"),
    "a release that replaces the archive of dumps": changePolicy("ecobeat-staging-pre-traffic", "ecobeat-staging-dump"),
    "a release that changes who may call a function": changePolicy("lambda:UpdateAlias", "lambda:AddPermission"),
    "a release that passes a role": changePolicy("lambda:UpdateAlias", "iam:PassRole"),
    "a release that changes the deployment groups": changePolicy(
      "codedeploy:GetDeploymentGroup",
      "codedeploy:UpdateDeploymentGroup",
    ),
    "an override that deletes deployment groups": changePolicy(
      "codedeploy:UpdateDeploymentGroup",
      "codedeploy:DeleteDeploymentGroup",
      "release-override",
    ),
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

  testRule(previewsOnly, {
    "functions of all names": changePolicy("function:ecobeat-pr-*", "function:*", "preview"),
    "functions of the environment": changePolicy("function:ecobeat-pr-*", "function:ecobeat-staging-*", "preview"),
    "APIs of any tag": changePolicy("aws:ResourceTag/environment", "aws:ResourceTag/owner", "preview"),
    "new APIs of the environment": changePolicy(
      '"aws:RequestTag/environment":"preview"',
      '"aws:RequestTag/environment":"staging"',
      "preview",
    ),
    "a tag that makes an API its own": changePolicy('"aws:TagKeys":"environment"', '"aws:TagKeys":"owner"', "preview"),
    "another action on all resources": changePolicy("ec2:DescribeVpcs", "ec2:DeleteVpc", "preview"),
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
