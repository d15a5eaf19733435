import {
  knownRolesOnly,
  noForeignPrincipal,
  noWildcardAction,
  noWildcardResource,
  oneSigner,
  ownAccountOnly,
} from "./rules/permissions.ts";
import { changeStatement } from "./rules/policies.ts";
import { resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

describe("permissions in the stacks", () => {
  testRule(noWildcardAction, {
    "all actions of a service": changeStatement("ssm:GetParameters", { Action: ["ssm:*"] }),
    "a group of actions": changeStatement("kms:PutKeyPolicy", { Action: ["kms:Put*"] }),
    "all actions but some": changeStatement("ssm:GetParameters", {
      Action: undefined,
      NotAction: ["iam:PassRole"],
    }),
  });

  testRule(noWildcardResource, {
    "a statement for all resources": changeStatement("elasticache:Connect", { Resource: ["*"] }),
    "another action beside those that know no resource": changeStatement("xray:PutTraceSegments", {
      Action: ["xray:PutTraceSegments", "s3:GetObject"],
    }),
    "all resources but some": changeStatement("elasticache:Connect", {
      Resource: undefined,
      NotResource: ["arn:aws:elasticache:eu-west-1:111122223333:user:x"],
    }),
  });

  testRule(ownAccountOnly, {
    "the other environment's account": (stacks) => {
      const [role] = resources(stacks, "aws_iam_role_policy").filter(({ attributes }) =>
        /:\d{12}:/.test(attributes.policy),
      );
      role!.attributes.policy = role!.attributes.policy.replace(/\d{12}/, "999999999999");
    },
  });

  testRule(noForeignPrincipal, {
    everyone: changeStatement("kms:GetPublicKey", { Principal: { AWS: "*" }, Condition: {} }),
    "another account": changeStatement("kms:PutKeyPolicy", {
      Principal: { AWS: "arn:aws:iam::999999999999:root" },
    }),
    "any customer of Atlas": (stacks) => {
      const [role] = resources(stacks, "aws_iam_role").filter(({ attributes }) =>
        attributes.assume_role_policy.includes("sts:ExternalId"),
      );
      role!.attributes.assume_role_policy = role!.attributes.assume_role_policy.replace(
        "sts:ExternalId",
        "x",
      );
    },
    "tokens of another issuer": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_iam_role")) {
        attributes.assume_role_policy = attributes.assume_role_policy.replace(
          /\$\{aws_iam_openid_connect_provider[^}]*\}/,
          "arn:aws:iam::111122223333:oidc-provider/example.com",
        );
      }
    },
    "someone outside AWS": (stacks) => {
      const [role] = resources(stacks, "aws_iam_role").filter(({ attributes }) =>
        attributes.assume_role_policy.includes("apigateway.amazonaws.com"),
      );
      role!.attributes.assume_role_policy = role!.attributes.assume_role_policy.replace(
        "apigateway.amazonaws.com",
        "example.com",
      );
    },
  });

  testRule(knownRolesOnly, {
    "a signer that does not exist": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_iam_role")) {
        attributes.name = attributes.name.replace("-auth", "-login");
      }
    },
  });

  testRule(oneSigner, {
    "the function api as a signer": (stacks) => {
      const [policy] = resources(stacks, "aws_iam_role_policy").filter(({ id }) =>
        id.startsWith("api_policy"),
      );
      policy!.attributes.policy = policy!.attributes.policy.replace("kms:GetPublicKey", "kms:Sign");
    },
    "a key that any role may sign with": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_kms_key")) {
        attributes.policy = attributes.policy.replaceAll("aws:PrincipalArn", "aws:UserAgent");
      }
    },
    "a signer with another algorithm": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_kms_key")) {
        attributes.policy = attributes.policy.replaceAll("RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_512");
      }
    },
    "a signer of digests, of which KMS cannot know what they stand for": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_iam_role_policy")) {
        attributes.policy = attributes.policy.replaceAll("RAW", "DIGEST");
      }
    },
  });
});
