import type { Attributes } from "../support/synthesize.ts";
import {
  bothProtocols,
  forwardedCountry,
  hardenedResponses,
  loggedDistributions,
  personalNotCached,
  privateBuckets,
  readableBuckets,
  signedBuckets,
  unreadSecrets,
  verifiedOrigin,
} from "./rules/edge.ts";
import { add, type Change, changeFirst, replaceInAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

const bucketPolicy = (from: string, to: string) =>
  changeFirst("aws_s3_bucket_policy", (policy) => {
    policy.policy = policy.policy.replace(from, to);
  });

const distribution = (change: Change) => changeFirst("aws_cloudfront_distribution", change);

/** Changes the default cache behavior, or one of the others. */
const behavior = (index: number | undefined, values: Attributes) =>
  distribution(({ default_cache_behavior, ordered_cache_behavior }) =>
    Object.assign(index === undefined ? default_cache_behavior : ordered_cache_behavior.at(index), values),
  );

/** Changes the templates of CloudFormation. */
const template = (from: string, to: string) =>
  replaceInAll("aws_cloudformation_stack", "template_body", from, to);

const keyPolicy = (from: string, to: string) => replaceInAll("aws_kms_key", "policy", from, to);

describe("the edge of the stacks", () => {
  testRule(privateBuckets, {
    "a bucket with public policies": changeFirst("aws_s3_bucket_public_access_block", {
      block_public_policy: false,
    }),
    "a bucket that anyone reads": bucketPolicy('"Service":"cloudfront.amazonaws.com"', '"AWS":"*"'),
    "a bucket that every distribution reads": bucketPolicy("AWS:SourceArn", "aws:UserAgent"),
    "a missing file with the response to a forbidden one": bucketPolicy(
      "s3:ListBucket",
      "s3:GetObjectVersion",
    ),
    "a bucket that the distribution writes": bucketPolicy("s3:GetObject", "s3:PutObject"),
    "a bucket without versions": changeFirst("aws_s3_bucket_versioning", {
      versioning_configuration: { status: "Suspended" },
    }),
  });

  testRule(readableBuckets, {
    "a key for all distributions": keyPolicy("AWS:SourceArn", "aws:UserAgent"),
    "a key that the distribution may only describe": keyPolicy('["kms:Decrypt"]', '["kms:DescribeKey"]'),
  });

  testRule(bothProtocols, {
    "no IPv6": distribution({ is_ipv6_enabled: false }),
    "no DNS record for IPv6": replaceInAll("aws_route53_record", "type", "AAAA", "TXT"),
  });

  testRule(signedBuckets, {
    "unsigned requests": changeFirst("aws_cloudfront_origin_access_control", { signing_behavior: "never" }),
    "a bucket without access control": distribution(
      ({ origin }) => delete origin[1].origin_access_control_id,
    ),
  });

  testRule(personalNotCached, {
    "a cache for everything": behavior(undefined, { cache_policy_id: "another" }),
    "a cache for profiles": behavior(0, { path_pattern: "/v1/*" }),
    "keys that are cached for a day": changeFirst("aws_cloudfront_cache_policy", { max_ttl: 86_400 }),
  });

  testRule(verifiedOrigin, {
    "requests without the header": behavior(undefined, { function_association: undefined }),
    "another header": template("x-origin-verify", "x-other"),
    "a value in plain text": template("{{resolve:secretsmanager:", "hunter2"),
  });

  testRule(forwardedCountry, {
    "no origin request policy": behavior(undefined, { origin_request_policy_id: undefined }),
    "a policy that forwards Host, which API Gateway rejects": behavior(0, {
      origin_request_policy_id: "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    }),
    "a policy for the bucket": behavior(-1, {
      origin_request_policy_id: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    }),
  });

  testRule(unreadSecrets, {
    "a secret in Terraform": add("production-edge", "aws_secretsmanager_secret_version", {}),
    "a value in the template": template("GenerateSecretString", "SecretString"),
    "a short value": template("64", "8"),
    "a key of AWS": template("KmsKeyId", "Name"),
    "a secret that is deleted with its stack": template("Retain", "Delete"),
  });

  testRule(hardenedResponses, {
    "a path without headers": behavior(1, { response_headers_policy_id: undefined }),
    "plain HTTP after a minute": changeFirst("aws_cloudfront_response_headers_policy", {
      "security_headers_config.strict_transport_security.access_control_max_age_sec": 60,
    }),
  });

  testRule(loggedDistributions, {
    "no log": changeFirst("aws_cloudwatch_log_delivery_source", { resource_arn: "another" }),
    ...Object.fromEntries(
      ["c-ip", "cs-uri-stem"].map((field) => [
        `the field ${field}`,
        changeFirst("aws_cloudwatch_log_delivery", ({ record_fields }) => record_fields.push(field)),
      ]),
    ),
  });
});
