import { boundedRoles, sufficientBoundary, tightBoundary } from "./rules/boundaries.ts";
import { changeStatement } from "./rules/policies.ts";
import { first } from "./rules/resources.ts";
import { prove } from "./rules/rule.ts";

describe("the permissions boundary", () => {
  prove(boundedRoles, {
    "a role without": (stacks) => {
      delete first(stacks, "aws_iam_role").permissions_boundary;
    },
    "a role with the other environment's": (stacks) => {
      const [role] = Object.values(stacks["ecobeat-staging-service"]!.resource.aws_iam_role!);
      role!.permissions_boundary = role!.permissions_boundary.replace("staging", "production");
    },
    "a role with a policy that is no boundary": (stacks) => {
      first(stacks, "aws_iam_policy").name = "another";
    },
    "another role among those that deploy": (stacks) => {
      const role = first(stacks, "aws_iam_role");
      delete role.permissions_boundary;
      role.path = "/deploy/";
    },
  });

  prove(sufficientBoundary, {
    "a role that was given more": (stacks) =>
      changeStatement(stacks, "elasticache:Connect", (statement) => ({
        ...statement,
        Action: ["elasticache:Connect", "elasticache:DescribeUsers"],
      })),
  });

  prove(tightBoundary, {
    "more than any role has": (stacks) => {
      const boundary = first(stacks, "aws_iam_policy");
      boundary.policy = boundary.policy.replace("s3:ReplicateTags", "s3:ReplicateDelete");
    },
    "a way to other roles": (stacks) => {
      const boundary = first(stacks, "aws_iam_policy");
      boundary.policy = boundary.policy.replace("ssm:GetParameters", "sts:AssumeRole");
    },
  });
});
