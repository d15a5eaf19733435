import type { ApiCall } from "./api-calls.ts";

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
export function iamAction({ service, operation }: ApiCall): string {
  const prefix = prefixes[service] ?? service.toLowerCase().replaceAll(" ", "");
  if (prefix === "apigateway") {
    const [verb = ""] = /^[A-Z][a-z]+/.exec(operation) ?? [];
    return `apigateway:${verbs[verb] ?? operation}`;
  }
  const action = `${prefix}:${operation}`;
  return renamed[action] ?? action;
}
