import { isWildcardOnlyAction } from "@cloud-copilot/iam-simulate";
import { environments } from "../../stacks/environments/index.ts";
import {
  changeStatement,
  inKeyPolicies,
  inManagedPolicies,
  inRolePolicies,
  inTrustPolicies,
  statementRule,
  statements,
} from "./rules/policies.ts";
import { getStackEnvironment, referenced, replaceInAll, resources } from "./rules/resources.ts";
import { isBoundary, isDeployRole, isPreviewBoundary, isWorkflowRole } from "./rules/roles.ts";
import { allStacks, testRule } from "./rules/rule.ts";

/**
 * Actions that support a resource, and yet are allowed on all: the ids of the network interfaces are not known in advance, nor is
 * that of the zone that AWS has for an endpoint.
 */
const unknownBefore = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:UnassignPrivateIpAddresses",
  "route53:AssociateVPCWithHostedZone",
];

/** The actions of the stacks' policies that, by AWS's own lists, support no resource. */
async function findActionsWithoutResource(): Promise<string[]> {
  const actions = statements(allStacks()).flatMap(({ statement }) => statement.Action ?? []);
  const found: string[] = [];
  for (const action of new Set(actions.filter((each) => !each.includes("*")))) {
    const [service, name] = action.split(":") as [string, string];
    if (await isWildcardOnlyAction(service, name)) found.push(action);
  }
  return found;
}
const actionsWithoutResource = new Set([...unknownBefore, ...(await findActionsWithoutResource())]);

const noWildcardAction = statementRule(
  "no policy grants an action with a wildcard, or everything but some",
  ({ statement: { Action, Effect } }) =>
    Action !== undefined && Action.length > 0 && (Effect === "Deny" || !Action.some((action) => /[*?]/.test(action))),
);

const noWildcardResource = statementRule(
  "no policy allows anything on all resources, except actions that support no narrower one",
  ({ resource, statement: { Effect, Action, Resource } }) =>
    Effect === "Deny" ||
    // In a key policy `*` means the key. A trust policy has no resources.
    resource.type === "aws_kms_key" ||
    (Resource
      ? !Resource.includes("*") || Action?.every((action) => actionsWithoutResource.has(action))
      : resource.attributes.assume_role_policy !== undefined),
);

const noForeignPrincipal = statementRule(
  "policies accept only the own account, services of AWS, Atlas with our external id, HCP Terraform to deploy, and GitHub to release",
  ({ resource, statement: { Effect, Principal, Condition } }, stacks) => {
    if (Effect === "Deny") return true;
    if (!Principal) return ["aws_iam_policy", "aws_iam_role_policy"].includes(resource.type);
    const { accountId } = getStackEnvironment(resource.stack);
    const equals = Condition?.StringEquals ?? {};
    const isAccount = Principal.AWS === `arn:aws:iam::${accountId}:root`;
    const isService = Principal.Service?.endsWith(".amazonaws.com");
    const isConditioned = Principal.AWS === "*" && equals["aws:PrincipalAccount"] === accountId;
    const typeOf = (reference: unknown) => referenced(stacks, resource.stack, reference)?.type;
    const isAtlas = [Principal.AWS, equals["sts:ExternalId"]].every(
      (reference) => typeOf(reference) === "mongodbatlas_cloud_provider_access_setup",
    );
    const isRun =
      (isDeployRole(resource) || isWorkflowRole(resource)) &&
      typeOf(Principal.Federated) === "aws_iam_openid_connect_provider";
    return isAccount || isService || isConditioned || isAtlas || isRun;
  },
);

const oneSigner = statementRule(
  "only the function auth may sign, with RS256 only: its role's policy and the key policy both say so",
  ({ resource, statement: { Action, Effect, Condition } }) => {
    if (!Action?.includes("kms:Sign") || Effect === "Deny") return true;
    if (resource.type === "aws_vpc_endpoint" || isBoundary(resource)) return true;
    const { name, region, accountId } = getStackEnvironment(resource.stack);
    if (isPreviewBoundary(resource)) return Condition?.StringEquals?.["aws:ResourceTag/use"] === "preview-jwt-signing";
    // All previews share one key.
    const owner = resource.attributes.tags?.use === "preview-jwt-signing" ? "pr-*" : name;
    const role = `ecobeat-${owner}-auth-${region}`;
    const isSigner =
      resource.type === "aws_kms_key"
        ? Condition?.ArnEquals?.["aws:PrincipalArn"] === `arn:aws:iam::${accountId}:role/${role}`
        : resource.stack.resource.aws_iam_role?.[toRoleId(resource.attributes.role)]?.name === role;
    return (
      isSigner &&
      Condition?.StringEquals?.["kms:SigningAlgorithm"] === "RSASSA_PKCS1_V1_5_SHA_256" &&
      Condition.StringEquals["kms:MessageType"] === "RAW"
    );
  },
);

/** The roles of the function auth of all previews, which come and go. */
const isPreviewRole = (arn: string): boolean =>
  Object.values(environments).some(
    ({ previews, accountId, region }) =>
      previews && arn === `arn:aws:iam::${accountId}:role/ecobeat-pr-*-auth-${region}`,
  );

const toRoleId = (reference: string): string => /^\$\{aws_iam_role\.([\w-]+)\.name\}$/.exec(reference)?.[1] ?? "";

describe("permissions in the stacks", () => {
  testRule(noWildcardAction, {
    "all actions of a service": changeStatement("ssm:GetParameters", { Action: ["ssm:*"] }),
    "a group of actions": changeStatement("kms:PutKeyPolicy", { Action: ["kms:Put*"] }),
    "all actions but some": changeStatement("ssm:GetParameters", { Action: undefined, NotAction: ["iam:PassRole"] }),
  });

  testRule(noWildcardResource, {
    "a statement for all resources": changeStatement("elasticache:Connect", { Resource: ["*"] }),
    "another action next to those that support no resource": changeStatement("xray:PutTraceSegments", {
      Action: ["xray:PutTraceSegments", "s3:GetObject"],
    }),
    "all resources but some": changeStatement("elasticache:Connect", {
      Resource: undefined,
      NotResource: ["arn:aws:elasticache:eu-west-1:111122223333:user:x"],
    }),
  });

  testRule(
    {
      name: "no resource names an account other than its environment's",
      check: (stacks) =>
        resources(stacks).flatMap(({ address, stack, attributes }) =>
          [...JSON.stringify(attributes).matchAll(/(?<=:)\d{12}(?=:)/g)]
            .filter(([account]) => account !== getStackEnvironment(stack).accountId)
            .map(([account]) => `${address}: names account ${account}`),
        ),
    },
    { "another account": inRolePolicies(/:\d{12}:/, ":999999999999:") },
  );

  testRule(noForeignPrincipal, {
    everyone: changeStatement("kms:GetPublicKey", { Principal: { AWS: "*" }, Condition: {} }),
    "another account": changeStatement("kms:PutKeyPolicy", { Principal: { AWS: "arn:aws:iam::999999999999:root" } }),
    "any customer of Atlas": inTrustPolicies("sts:ExternalId", "x"),
    "tokens of another issuer": inTrustPolicies(
      /\$\{aws_iam_openid_connect_provider[^}]*\}/,
      "arn:aws:iam::111122223333:oidc-provider/example.com",
    ),
    "a service outside AWS": inTrustPolicies("apigateway.amazonaws.com", "example.com"),
  });

  testRule(
    {
      name: "every role that a policy names is a role of the stacks, except in the policies of the deploy roles",
      check: (stacks) => {
        const own = resources(stacks, "aws_iam_role").map(
          ({ stack, attributes }) => `arn:aws:iam::${getStackEnvironment(stack).accountId}:role/${attributes.name}`,
        );
        return statements(stacks)
          .filter(({ resource }) => resource.type !== "aws_iam_policy")
          .flatMap(({ resource, statement }) =>
            [...JSON.stringify(statement).matchAll(/arn:aws:iam::\d+:role\/[^"]+/g)]
              .filter(([arn]) => !own.includes(arn) && !isPreviewRole(arn))
              .map(([arn]) => `${resource.address}: names ${arn}`),
          );
      },
    },
    { "a signer that does not exist": replaceInAll("aws_iam_role", "name", "-auth", "-login") },
  );

  testRule(oneSigner, {
    "the function api as a signer": inRolePolicies("kms:GetPublicKey", "kms:Sign", ({ id }) =>
      id.startsWith("api_policy"),
    ),
    "a key that any role may sign with": inKeyPolicies("aws:PrincipalArn", "aws:UserAgent"),
    "a signer with another algorithm": inKeyPolicies("RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_512"),
    "a preview that signs with the key of its environment": inKeyPolicies(
      "role/ecobeat-staging-auth",
      "role/ecobeat-pr-*-auth",
    ),
    "previews that may sign with any key": inManagedPolicies(/preview-jwt-signing/g, "jwt-signing", isPreviewBoundary),
    "a signer of digests, whose meaning KMS cannot check": inRolePolicies("RAW", "DIGEST"),
  });
});
