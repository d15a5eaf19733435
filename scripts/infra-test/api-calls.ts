import type { Grant } from "../../stacks/deploy-permissions/deploy-actions.ts";
import { type DeployPhase, deployActions } from "../../stacks/deploy-permissions/deploy-policies.ts";
import { adminManagedTypes } from "../../stacks/deploy-permissions/role-actions.ts";

/** A request of the provider to AWS. */
export interface ApiCall {
  /** AWS's name of the service, such as `API Gateway`. */
  readonly service: string;
  /** Such as `PutMethod`. */
  readonly operation: string;
  /** Type of the resource it was about; undefined when it was about none, as at the provider's start. */
  readonly resourceType: string | undefined;
}

/** Settings by which Terraform's providers write into a file what they ask of AWS. */
export const toLoggingVariables = (path: string): NodeJS.ProcessEnv => ({
  TF_LOG_PROVIDER: "DEBUG",
  TF_LOG_PATH: path,
});

/** The different calls that a provider's log names. An entry begins with the time and may have many lines. */
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
  const [, quoted, plain] =
    new RegExp(`(?:^| )${name.replace(".", "\\.")}=(?:"([^"]*)"|(\\S+))`).exec(entry) ?? [];
  return quoted ?? plain;
};

/** IAM's prefixes of services whose names say something else. */
const prefixes: Readonly<Record<string, string>> = {
  "API Gateway": "apigateway",
  "Application Auto Scaling": "application-autoscaling",
  "CloudWatch Logs": "logs",
  "Route 53": "route53",
};

/** Calls that IAM knows under another name, from https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html. */
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

/** API Gateway's actions are the verbs of its HTTP interface. */
const verbs: Readonly<Record<string, string>> = {
  Create: "POST",
  Delete: "DELETE",
  Get: "GET",
  Put: "PUT",
  Tag: "PUT",
  Untag: "DELETE",
  Update: "PATCH",
};

/** The action that IAM asks about for a call. It may ask about more, such as the tags of what is made. */
export function toIamAction({ service, operation }: ApiCall): string {
  const prefix = prefixes[service] ?? service.toLowerCase().replaceAll(" ", "");
  if (prefix === "apigateway") {
    const [verb = ""] = /^[A-Z][a-z]+/.exec(operation) ?? [];
    return `apigateway:${verbs[verb] ?? operation}`;
  }
  const action = `${prefix}:${operation}`;
  return renamed[action] ?? action;
}

/** Says whether a run of a phase may make a call. */
export type CallCheck = (call: ApiCall, phase: DeployPhase) => boolean;

/**
 * Whether the table of the deploy roles has the action of a call for the type of resource that the call is about. Calls about
 * no resource are the provider's own, to learn who it is: they need no permission.
 */
export const isAllowedByDeployRoles: CallCheck = (call, phase) => {
  const { resourceType } = call;
  if (resourceType === undefined) return call.service === "STS";
  // An administrator makes them, and changes them.
  if (phase === "apply" && adminManagedTypes.includes(resourceType)) return true;
  const actions = Object.values(deployActions).flatMap((table) => {
    const { read, write } = table[resourceType] ?? { read: [], write: [] };
    return listActions(phase === "apply" ? [...read, ...write] : read);
  });
  return actions.includes(toIamAction(call));
};

const listActions = (grants: readonly Grant[]): string[] => grants.flatMap(([, ...actions]) => actions);

/** What to tell of calls that a role does not allow: one line each. */
export const describeDeniedCalls = (calls: readonly ApiCall[], phase: DeployPhase): string[] =>
  calls.map(
    (call) =>
      `A run that would ${phase} made the call ${call.operation} of ${call.service} for ${call.resourceType ?? "no resource"}. ` +
      `The role of such runs does not allow ${toIamAction(call)} there, so that it would fail in HCP Terraform. ` +
      `Add it to stacks/deploy-permissions.`,
  );
