import type { Stacks } from "../support/synthesize.ts";
import {
  adminManaged,
  completeTable,
  limitedDeployRoles,
  readOnlyPlans,
  twoDeployRoles,
  withinQuotas,
} from "./rules/deploy-roles.ts";
import { add, changeFirst, first, resources } from "./rules/resources.ts";
import { isDeployRole } from "./rules/roles.ts";
import { testRule } from "./rules/rule.ts";

/** Changes who takes the deploy roles, in words. */
function changeTrust(stacks: Stacks, from: string, to: string): void {
  for (const { attributes } of resources(stacks, "aws_iam_role").filter(isDeployRole)) {
    attributes.assume_role_policy = attributes.assume_role_policy.replace(from, to);
  }
}

const policyNamed = (stacks: Stacks, name: string) =>
  resources(stacks, "aws_iam_policy").find(({ attributes }) => attributes.name === name)!.attributes;

describe("the deploy roles", () => {
  testRule(twoDeployRoles, {
    "any workspace of the organization": (stacks) =>
      changeTrust(stacks, "workspace:ecobeat-staging-service", "workspace:*"),
    "runs that plan in the place of those that apply": (stacks) =>
      changeTrust(stacks, "run_phase:apply", "run_phase:plan"),
    "another organization": (stacks) => changeTrust(stacks, "organization:ecobeat:", "organization:acme:"),
    "another audience": (stacks) => changeTrust(stacks, "aws.workload.identity", "another"),
    "a comparison that knows wildcards": (stacks) => changeTrust(stacks, "StringEquals", "StringLike"),
    "an environment without": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_iam_role").filter(isDeployRole)) {
        attributes.name = "another";
      }
    },
  });

  testRule(withinQuotas, {
    "a policy that IAM refuses": (stacks) => {
      first(stacks, "aws_iam_policy").policy += " ".repeat(6_144);
    },
    "a role with too many policies": (stacks) => {
      const attachments = stacks["ecobeat-staging-foundation"]!.resource.aws_iam_role_policy_attachment!;
      const [one] = Object.values(attachments);
      for (let copy = 0; copy < 10; copy++) attachments[`copy-${copy}`] = one!;
    },
    "a trust policy that IAM refuses": (stacks) => {
      first(stacks, "aws_iam_role").assume_role_policy += " ".repeat(2_048);
    },
  });

  testRule(completeTable, {
    "a type that nobody has put in": add("-service", "aws_unknown_type", {}),
    "a type that no stack has any more": (stacks) => {
      for (const { resource } of Object.values(stacks)) delete resource.aws_cloudwatch_log_delivery;
    },
  });

  testRule(limitedDeployRoles, {
    "a role without the limits": (stacks) => {
      const limits = policyNamed(stacks, "ecobeat-staging-deploy-limits");
      limits.name = "another";
    },
    "two statements of one name": (stacks) => {
      const limits = policyNamed(stacks, "ecobeat-staging-deploy-limits");
      limits.policy = limits.policy.replace("NoObjects", "NoSecrets");
    },
  });

  testRule(adminManaged, {
    "a policy that the apply role would have to make": changeFirst("aws_iam_policy", { path: "/" }),
    "a policy attached to a function's role": add("-service", "aws_iam_role_policy_attachment", {
      role: "ecobeat-staging-auth",
    }),
  });

  testRule(readOnlyPlans, {
    "a plan that changes": (stacks) => {
      const policy = policyNamed(stacks, "ecobeat-staging-deploy-plan-storage");
      policy.policy = policy.policy.replace("kms:DescribeKey", "kms:PutKeyPolicy");
    },
    "a plan that reads a secret": (stacks) => {
      const policy = policyNamed(stacks, "ecobeat-staging-deploy-plan-storage");
      policy.policy = policy.policy.replace("kms:DescribeKey", "secretsmanager:GetSecretValue");
    },
    "a plan that reads logs": (stacks) => {
      const policy = policyNamed(stacks, "ecobeat-staging-deploy-plan-storage");
      policy.policy = policy.policy.replace("kms:DescribeKey", "logs:FilterLogEvents");
    },
  });
});
