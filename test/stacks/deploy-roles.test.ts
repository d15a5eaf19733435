import { deployActions } from "../../stacks/deploy-permissions/deploy-policies.ts";
import { toDeployRoleName } from "../../stacks/names.ts";
import { inManagedPolicies, isAllowing, type Statement } from "./rules/policies.ts";
import {
  add,
  first,
  getStackEnvironment,
  type Resource,
  referenced,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { getAttachedPolicies, isDeployRole, isWorkflowRole } from "./rules/roles.ts";
import { type Rule, resourceRule, rulesByType, testRule } from "./rules/rule.ts";

const parse = (policy: string): Statement[] => JSON.parse(policy).Statement;

/** Every AWS type in the table. */
const knownTypes = Object.values(deployActions).flatMap((table) => Object.keys(table));

/** Those of environments other than ours: `sizes.slow.test.ts` has some. */
const otherTypes = ["aws_ssm_service_setting"];

const completeTable: Rule = {
  name: "the table of the deploy roles contains every AWS resource type of the stacks once, and no other",
  check: (stacks) => {
    const used = new Set(
      resources(stacks)
        .map(({ type }) => type)
        .filter((type) => type.startsWith("aws_")),
    );
    return [
      ...[...used].filter((type) => !knownTypes.includes(type)).map((type) => `${type}: is not in the table`),
      ...knownTypes
        .filter((type) => !used.has(type) && !otherTypes.includes(type))
        .map((type) => `${type}: is in no stack`),
      ...knownTypes
        .filter((type, index) => knownTypes.indexOf(type) !== index)
        .map((type) => `${type}: is in the table twice`),
    ];
  },
};

/** Actions that change nothing, by AWS's naming. */
const readAction = /^[a-z0-9-]+:(Get|List|Describe|View|GET$)/;
const readsData = /^(s3:GetObject|secretsmanager:|logs:(Get|Filter).*Events)/;

const isNamed =
  (name: string) =>
  ({ attributes }: Resource) =>
    attributes.name === `ecobeat-staging-deploy-${name}-eu-west-1`;

const changePlan = (to: string) => inManagedPolicies("kms:DescribeKey", to, isNamed("plan-storage"));

describe("the deploy roles", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  testRule(
    rulesByType("policies and roles are within the quotas of IAM", {
      aws_iam_policy: ({ attributes }) => attributes.policy.length <= 6_144,
      aws_iam_role: (role, stacks) =>
        getAttachedPolicies(stacks, role).length <= 10 && role.attributes.assume_role_policy.length <= 2_048,
    }),
    {
      "a policy of more than 6,144 characters": (stacks) => {
        first(stacks, "aws_iam_policy").policy += " ".repeat(6_144);
      },
      "a role with more than 10 policies": (stacks) => {
        const attachments = stacks["ecobeat-staging-foundation"]!.resource.aws_iam_role_policy_attachment!;
        const [one] = Object.values(attachments);
        for (let copy = 0; copy < 10; copy++) attachments[`copy-${copy}`] = one!;
      },
      "a trust policy of more than 2,048 characters": (stacks) => {
        first(stacks, "aws_iam_role").assume_role_policy += " ".repeat(2_048);
      },
    },
  );

  testRule(completeTable, {
    "a type that is missing in the table": add("-service", "aws_unknown_type", {}),
    "a type that no stack has": (stacks) => {
      for (const { resource } of Object.values(stacks)) delete resource.aws_cloudwatch_log_delivery;
    },
  });

  testRule(
    resourceRule(
      "every deploy role has the limits, and the statements of each policy have different names",
      "aws_iam_role",
      (role, stacks) => {
        const policies = getAttachedPolicies(stacks, role);
        const limits = toDeployRoleName(getStackEnvironment(role.stack), "limits");
        const sids = policies.map(({ policy }) => parse(policy).map(({ Sid }) => Sid));
        return (
          !isDeployRole(role) ||
          (policies.some(({ name }) => name === limits) && sids.every((names) => new Set(names).size === names.length))
        );
      },
    ),
    {
      "a role without the limits": replaceInAll("aws_iam_policy", "name", "-limits", "-x", isNamed("limits")),
      "two statements of one name": inManagedPolicies("DenyObjectAccess", "DenySecretValues", isNamed("limits")),
    },
  );

  testRule(
    resourceRule(
      "what an administrator manages is under a path of its own, and nothing else has its types",
      ["aws_iam_policy", "aws_iam_role_policy_attachment"],
      ({ type, stack, attributes }, stacks) => {
        if (type === "aws_iam_policy") return attributes.path === "/deploy/";
        const role = referenced(stacks, stack, attributes.role);
        return role && (isDeployRole(role) || isWorkflowRole(role));
      },
    ),
    {
      "a policy that the apply role would have to create": (stacks) => {
        first(stacks, "aws_iam_policy").path = "/";
      },
      "a policy attached to a function's role": add("-service", "aws_iam_role_policy_attachment", {
        role: "ecobeat-staging-auth",
      }),
    },
  );

  testRule(
    {
      name: "a run that plans may only read, and no values of secrets, objects or log events",
      check: (stacks) =>
        resources(stacks, "aws_iam_role")
          .filter((role) => isDeployRole(role) && role.attributes.name.includes("-plan-"))
          .flatMap((role) =>
            getAttachedPolicies(stacks, role)
              .flatMap(({ policy }) => parse(policy))
              .filter(isAllowing)
              .flatMap(({ Action = [] }) => Action)
              .filter((action) => !readAction.test(action) || readsData.test(action))
              .map((action) => `${role.address}: ${action}`),
          ),
    },
    {
      "a plan that changes": changePlan("kms:PutKeyPolicy"),
      "a plan that reads a secret": changePlan("secretsmanager:GetSecretValue"),
      "a plan that reads logs": changePlan("logs:FilterLogEvents"),
    },
  );
});
