import { actionsWithoutResource } from "./actions-without-resource.ts";
import { isBoundary } from "./boundaries.ts";
import { statements } from "./policies.ts";
import { getEnvironment, referenced, resources } from "./resources.ts";
import { isDeployRole, isWorkflowRole } from "./roles.ts";
import type { Rule } from "./rule.ts";

export const noWildcardAction: Rule = {
  name: "no policy grants an action with a wildcard, or everything but some",
  check: (stacks) =>
    statements(stacks)
      .filter(
        ({ statement }) =>
          !statement.Action?.length ||
          (statement.Effect !== "Deny" && statement.Action.some((action) => /[*?]/.test(action))),
      )
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};

export const noWildcardResource: Rule = {
  name: "no policy allows anything on all resources, but actions that know no narrower one",
  check: (stacks) =>
    statements(stacks)
      .filter(({ statement }) => statement.Effect !== "Deny")
      // In a key's own policy `*` means the key. A policy about who may take a role has no resources.
      .filter(({ resource }) => resource.type !== "aws_kms_key")
      .filter(({ resource, statement }) =>
        statement.Resource
          ? statement.Resource.includes("*") &&
            statement.Action?.some((action) => !actionsWithoutResource.has(action))
          : resource.attributes.assume_role_policy === undefined,
      )
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};

export const ownAccountOnly: Rule = {
  name: "no resource names an account other than its environment's",
  check: (stacks) =>
    resources(stacks).flatMap(({ address, stack, attributes }) =>
      [...JSON.stringify(attributes).matchAll(/(?<=:)\d{12}(?=:)/g)]
        .filter(([account]) => account !== getEnvironment(stack).accountId)
        .map(([account]) => `${address}: names account ${account}`),
    ),
};

export const noForeignPrincipal: Rule = {
  name: "no policy lets in anyone but the own account, services of AWS, Atlas where it names our project, HCP Terraform to deploy, and GitHub to release",
  check: (stacks) =>
    statements(stacks)
      .filter(({ statement }) => statement.Effect !== "Deny")
      .filter(({ resource, statement: { Principal, Condition } }) => {
        if (!Principal) {
          return !["aws_iam_policy", "aws_iam_role_policy"].includes(resource.type);
        }
        const { accountId } = getEnvironment(resource.stack);
        const account = Principal.AWS === `arn:aws:iam::${accountId}:root`;
        const service = Principal.Service?.endsWith(".amazonaws.com") ?? false;
        const conditioned =
          Principal.AWS === "*" && Condition?.StringEquals?.["aws:PrincipalAccount"] === accountId;
        const atlas = [Principal.AWS, Condition?.StringEquals?.["sts:ExternalId"]].every(
          (reference) =>
            referenced(stacks, resource.stack, reference)?.type ===
            "mongodbatlas_cloud_provider_access_setup",
        );
        const run =
          (isDeployRole(resource) || isWorkflowRole(resource)) &&
          referenced(stacks, resource.stack, Principal.Federated)?.type === "aws_iam_openid_connect_provider";
        return !account && !service && !conditioned && !atlas && !run;
      })
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};

export const knownRolesOnly: Rule = {
  name: "every role that a policy names is one of the stacks' own, but where a deploy role speaks of roles to come",
  check: (stacks) => {
    const own = resources(stacks, "aws_iam_role").map(
      ({ stack, attributes }) => `arn:aws:iam::${getEnvironment(stack).accountId}:role/${attributes.name}`,
    );
    return statements(stacks)
      .filter(({ resource }) => resource.type !== "aws_iam_policy")
      .flatMap(({ resource, statement }) =>
        [...JSON.stringify(statement).matchAll(/arn:aws:iam::\d+:role\/[^"]+/g)]
          .filter(([arn]) => !own.includes(arn))
          .map(([arn]) => `${resource.address}: names ${arn}`),
      );
  },
};

export const oneSigner: Rule = {
  name: "only the function auth may sign, by RS256 alone: its role's policy and the key's own both say so",
  check: (stacks) =>
    statements(stacks)
      .filter(
        ({ resource, statement }) =>
          statement.Action?.includes("kms:Sign") &&
          statement.Effect !== "Deny" &&
          resource.type !== "aws_vpc_endpoint" &&
          !isBoundary(resource),
      )
      .filter(({ resource, statement: { Condition } }) => {
        const { name, accountId } = getEnvironment(resource.stack);
        const role = `ecobeat-${name}-auth`;
        const ofSigner =
          resource.type === "aws_kms_key"
            ? Condition?.ArnEquals?.["aws:PrincipalArn"] === `arn:aws:iam::${accountId}:role/${role}`
            : resource.stack.resource.aws_iam_role?.[toRoleId(resource.attributes.role)]?.name === role;
        const byRs256 =
          Condition?.StringEquals?.["kms:SigningAlgorithm"] === "RSASSA_PKCS1_V1_5_SHA_256" &&
          Condition.StringEquals["kms:MessageType"] === "RAW";
        return !ofSigner || !byRs256;
      })
      .map(({ resource, statement }) => `${resource.address}: statement ${statement.Sid}`),
};

const toRoleId = (reference: string): string =>
  /^\$\{aws_iam_role\.([\w-]+)\.name\}$/.exec(reference)?.[1] ?? "";
