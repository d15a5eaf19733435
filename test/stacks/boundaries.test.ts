import type { Stacks } from "../support/synthesize.ts";
import { boundedRoles, isBoundary, sufficientBoundary, tightBoundary } from "./rules/boundaries.ts";
import { changeStatement } from "./rules/policies.ts";
import { changeFirst, first, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const boundaryOf = (stacks: Stacks) => resources(stacks, "aws_iam_policy").find(isBoundary)!.attributes;

describe("the permissions boundary", () => {
  testRule(boundedRoles, {
    "a role without": changeFirst("aws_iam_role", { permissions_boundary: undefined }),
    "a role with the other environment's": (stacks) => {
      const [role] = Object.values(stacks["ecobeat-staging-service"]!.resource.aws_iam_role!);
      role!.permissions_boundary = role!.permissions_boundary.replace("staging", "production");
    },
    "a role with a policy that is no boundary": (stacks) => {
      boundaryOf(stacks).name = "another";
    },
    "another role among those that deploy": (stacks) => {
      const role = first(stacks, "aws_iam_role");
      delete role.permissions_boundary;
      role.path = "/deploy/";
    },
  });

  testRule(sufficientBoundary, {
    "a role that was given more": changeStatement("elasticache:Connect", {
      Action: ["elasticache:Connect", "elasticache:DescribeUsers"],
    }),
  });

  testRule(tightBoundary, {
    "more than any role has": (stacks) => {
      const boundary = boundaryOf(stacks);
      boundary.policy = boundary.policy.replace("s3:ReplicateTags", "s3:ReplicateDelete");
    },
    "a way to other roles": (stacks) => {
      const boundary = boundaryOf(stacks);
      boundary.policy = boundary.policy.replace("ssm:GetParameters", "sts:AssumeRole");
    },
  });
});
