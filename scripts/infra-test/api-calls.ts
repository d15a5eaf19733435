import { previewPrefix } from "../../service/contract.ts";
import { toFullActions } from "../../stacks/deploy-permissions/deploy-actions.ts";
import { type DeployPhase, deployActions } from "../../stacks/deploy-permissions/deploy-policies.ts";
import { previewActions } from "../../stacks/deploy-permissions/preview-actions.ts";
import { adminManagedTypes } from "../../stacks/deploy-permissions/role-actions.ts";
import type { Stack } from "../terraform/synthesis.ts";

/** A request of the provider to AWS. */
export interface ApiCall {
  /** AWS's name of the service, such as `API Gateway`. */
  readonly service: string;
  /** Such as `PutMethod`. */
  readonly operation: string;
  /** Type of the resource; undefined without one, as at the provider's start. */
  readonly resourceType: string | undefined;
}

/** Parses the distinct calls in a provider's log. An entry starts with the time and may have many lines. */
export function parseCalls(log: string): ApiCall[] {
  const calls = new Map<string, ApiCall>();
  for (const entry of log.split(/^(?=\d{4}-\d\d-\d\dT)/m)) {
    const service = getField(entry, "rpc.service");
    const operation = getField(entry, "rpc.method");
    if (!service || !operation) continue;
    const call = { service, operation, resourceType: getField(entry, "tf_resource_type") };
    calls.set(JSON.stringify(call), call);
  }
  return [...calls.values()];
}

const getField = (entry: string, name: string): string | undefined => {
  const [, quoted, plain] = new RegExp(`(?:^| )${name.replace(".", "\\.")}=(?:"([^"]*)"|(\\S+))`).exec(entry) ?? [];
  return quoted ?? plain;
};

/** IAM's service prefixes that differ from the service's name. */
const prefixes: Readonly<Record<string, string>> = {
  "API Gateway": "apigateway",
  "Application Auto Scaling": "application-autoscaling",
  "CloudWatch Logs": "logs",
  "Route 53": "route53",
};

/** Calls with another name in IAM, from https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html. */
const renamed: Readonly<Record<string, string>> = {
  "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
  "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
  "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
  "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
  "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
  "s3:GetBucketCors": "s3:GetBucketCORS",
  "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
  "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
  "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
  "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
  "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
  "s3:HeadBucket": "s3:ListBucket",
  "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
  "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
  "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
  "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
  "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
};

/** API Gateway's actions are HTTP methods. */
const verbs: Readonly<Record<string, string>> = {
  Create: "POST",
  Delete: "DELETE",
  Get: "GET",
  Put: "PUT",
  Tag: "PUT",
  Untag: "DELETE",
  Update: "PATCH",
};

/** The IAM action of a call. IAM may require further ones, such as for tags of a new resource. */
export function toIamAction({ service, operation }: ApiCall): string {
  const prefix = prefixes[service] ?? service.toLowerCase().replaceAll(" ", "");
  if (prefix === "apigateway") {
    const [verb = ""] = /^[A-Z][a-z]+/.exec(operation) ?? [];
    return `apigateway:${verbs[verb] ?? operation}`;
  }
  const action = `${prefix}:${operation}`;
  return renamed[action] ?? action;
}

/**
 * Whether the deploy roles, or the role of previews, allow the action of a call for its resource type. Calls without a resource are the provider's own:
 * `GetCallerIdentity` needs no permission.
 *
 * @param stack @default one of an environment
 */
export function isAllowedByDeployRoles(call: ApiCall, phase: DeployPhase, stack?: Pick<Stack, "name">): boolean {
  const { resourceType } = call;
  if (resourceType === undefined) return call.service === "STS";
  // An administrator creates and changes them.
  if (phase === "apply" && adminManagedTypes.includes(resourceType)) return true;
  const tables = isPreview(stack) ? [previewActions] : Object.values(deployActions);
  const actions = tables.flatMap((table) => {
    const { read, write } = table[resourceType] ?? { read: [], write: [] };
    // A preview has one role for both phases.
    return (phase === "apply" || isPreview(stack) ? [...read, ...write] : read).flatMap(toFullActions);
  });
  return actions.includes(toIamAction(call));
}

const isPreview = (stack: Pick<Stack, "name"> | undefined): boolean =>
  stack?.name.startsWith(`${previewPrefix}-`) ?? false;

/** Describes calls that a role does not allow, one line each. */
export const describeDeniedCalls = (
  calls: readonly ApiCall[],
  phase: DeployPhase,
  stack?: Pick<Stack, "name">,
): string[] =>
  calls.map(
    (call) =>
      `The call ${call.operation} of ${call.service} for ${call.resourceType ?? "no resource"} would fail in HCP Terraform. ` +
      `The ${isPreview(stack) ? "preview" : phase} role does not allow ${toIamAction(call)} there. Add it to stacks/deploy-permissions.`,
  );
