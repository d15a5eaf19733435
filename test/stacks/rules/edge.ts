import { viewerCountryHeader } from "../../../service/contract.ts";
import { originVerifyHeaderName } from "../../../stacks/constructs/edge/origin-secret.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { failing, isOwnKey, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

const behaviors = ({ default_cache_behavior, ordered_cache_behavior }: Attributes): Attributes[] => [
  default_cache_behavior,
  ...ordered_cache_behavior,
];

const findBucketPart = (stack: StackJson, bucketId: string, type: string): Attributes | undefined =>
  Object.values(stack.resource[type] ?? {}).find(
    ({ bucket }) => bucket === `\${aws_s3_bucket.${bucketId}.id}`,
  );

const publicAccessBlocks = [
  "block_public_acls",
  "block_public_policy",
  "ignore_public_acls",
  "restrict_public_buckets",
];

/** Files, and by leave to list also whether one is there: without it a missing file would be a 403. */
const isReadByDistributionAlone = (policy: string): boolean => {
  const allowed: Attributes[] = JSON.parse(policy).Statement.filter(
    ({ Effect }: Attributes) => Effect !== "Deny",
  );
  return (
    allowed.flatMap(({ Action }) => Action).join() === "s3:GetObject,s3:ListBucket" &&
    allowed.every(
      ({ Principal, Condition }) =>
        Principal.Service === "cloudfront.amazonaws.com" &&
        String(Condition?.StringEquals?.["AWS:SourceArn"]).startsWith("${aws_cloudfront_distribution."),
    )
  );
};

export const privateBuckets: Rule = {
  name: "a bucket that CloudFront serves is shut to the public and keeps old versions, and the distribution alone reads it",
  check: (stacks) =>
    resources(stacks, "aws_s3_bucket")
      .filter(({ stack }) => stack.resource.aws_cloudfront_distribution)
      .filter(({ stack, id }) => {
        const block = findBucketPart(stack, id, "aws_s3_bucket_public_access_block");
        const policy = findBucketPart(stack, id, "aws_s3_bucket_policy");
        const versioning = findBucketPart(stack, id, "aws_s3_bucket_versioning");
        const ownership = findBucketPart(stack, id, "aws_s3_bucket_ownership_controls");
        return !(
          publicAccessBlocks.every((attribute) => block?.[attribute] === true) &&
          versioning?.versioning_configuration.status === "Enabled" &&
          ownership?.rule.object_ownership === "BucketOwnerEnforced" &&
          policy !== undefined &&
          isReadByDistributionAlone(policy.policy)
        );
      })
      .map(({ address }) => `${address}: is open, or forgets`),
};

const isDecryptedByDistribution = (stacks: Stacks, stack: StackJson, bucketId: string): boolean => {
  const encryption = findBucketPart(stack, bucketId, "aws_s3_bucket_server_side_encryption_configuration");
  const key = encryption?.rule[0].apply_server_side_encryption_by_default.kms_master_key_id;
  return JSON.parse(referenced(stacks, stack, key)!.attributes.policy).Statement.some(
    ({ Effect, Principal, Action, Condition }: Attributes) =>
      Effect === "Allow" &&
      Principal.Service === "cloudfront.amazonaws.com" &&
      Action.join() === "kms:Decrypt" &&
      String(Condition?.StringEquals?.["AWS:SourceArn"]).startsWith("${aws_cloudfront_distribution."),
  );
};

export const readableBuckets: Rule = {
  name: "the distribution, and no other, may use the key of a bucket that it serves",
  check: (stacks) =>
    resources(stacks, "aws_s3_bucket")
      .filter(({ stack }) => stack.resource.aws_cloudfront_distribution)
      .filter(({ stack, id }) => !isDecryptedByDistribution(stacks, stack, id))
      .map(({ address }) => `${address}: cannot be decrypted, or by others too`),
};

export const bothProtocols: Rule = {
  name: "every distribution has its name by IPv4 and by IPv6",
  check: (stacks) =>
    failing(stacks, ["aws_cloudfront_distribution"], "has no address", ({ stack, id, attributes }) => {
      const types = Object.values(stack.resource.aws_route53_record ?? {})
        .filter(
          ({ name, alias }) =>
            name === attributes.aliases[0] &&
            alias.name === `\${aws_cloudfront_distribution.${id}.domain_name}`,
        )
        .map(({ type }) => type);
      return attributes.is_ipv6_enabled === true && types.sort().join() === "A,AAAA";
    }),
};

export const signedBuckets: Rule = {
  name: "every origin that is a bucket is read with signed requests",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_cloudfront_distribution"],
      "reads a bucket without signing",
      ({ stack, attributes }) =>
        attributes.origin
          .filter(({ custom_origin_config }: Attributes) => !custom_origin_config)
          .every(({ origin_access_control_id }: Attributes) => {
            const control = referenced(stacks, stack, origin_access_control_id);
            return control?.attributes.signing_behavior === "always";
          }),
    ),
};

/** AWS's own policy that caches nothing. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const cached = ["/.well-known/jwks.json", "/openapi.json", "/v1/activity-kinds", "/v1/app", "/assets/*"];

export const personalNotCached: Rule = {
  name: `CloudFront caches nothing but ${cached.join(" and ")}, and no key that was withdrawn for longer than five minutes`,
  check: (stacks) => [
    ...failing(stacks, ["aws_cloudfront_distribution"], "caches what is personal", ({ attributes }) =>
      behaviors(attributes).every(
        ({ path_pattern, cache_policy_id }) =>
          cached.includes(path_pattern) === (cache_policy_id !== cachingDisabled),
      ),
    ),
    ...failing(
      stacks,
      ["aws_cloudfront_cache_policy"],
      "caches for too long",
      ({ attributes }) => attributes.max_ttl <= 300,
    ),
  ],
};

export const verifiedOrigin: Rule = {
  name: "every request of CloudFront to the API has the origin verify header, whose value no stack holds",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_cloudfront_distribution"],
      "does not set the origin verify header",
      ({ stack, attributes }) =>
        behaviors(attributes)
          .filter(({ target_origin_id }) => target_origin_id === "api")
          .every(({ function_association }) => {
            const association: Attributes | undefined = function_association?.[0];
            const made = association && referenced(stacks, stack, association.function_arn);
            const code =
              made && JSON.parse(made.attributes.template_body).Resources.Function.Properties.FunctionCode;
            return (
              association?.event_type === "viewer-request" &&
              code.includes(`headers["${originVerifyHeaderName}"] = { value: "{{resolve:secretsmanager:`)
            );
          }),
    ),
};

/**
 * AWS's own policy that forwards what the viewer sent, all but `Host`, and of CloudFront's headers those about device, location,
 * HTTP and TLS: "Use managed origin request policies".
 */
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/** "Add CloudFront request headers", of the viewer's location. */
const locationHeaders = [
  "CloudFront-Viewer-Address",
  "CloudFront-Viewer-ASN",
  "CloudFront-Viewer-Country",
  "CloudFront-Viewer-City",
  "CloudFront-Viewer-Country-Name",
  "CloudFront-Viewer-Country-Region",
  "CloudFront-Viewer-Country-Region-Name",
  "CloudFront-Viewer-Latitude",
  "CloudFront-Viewer-Longitude",
  "CloudFront-Viewer-Metro-Code",
  "CloudFront-Viewer-Postal-Code",
  "CloudFront-Viewer-Time-Zone",
];

export const forwardedCountry: Rule = {
  name: `CloudFront tells the API, and no bucket, where a request comes from, in ${viewerCountryHeader}`,
  check: (stacks) =>
    failing(
      stacks,
      ["aws_cloudfront_distribution"],
      "forwards too little, or too much",
      ({ attributes }) =>
        locationHeaders.includes(viewerCountryHeader) &&
        behaviors(attributes).every(
          ({ target_origin_id, origin_request_policy_id }) =>
            origin_request_policy_id === (target_origin_id === "api" ? allViewerExceptHost : undefined),
        ),
    ),
};

export const unreadSecrets: Rule = {
  name: "every secret is made up and kept by CloudFormation, under a key of ours: Terraform holds and reads no value",
  check: (stacks) => [
    ...resources(stacks)
      .filter(({ type }) => type.startsWith("aws_secretsmanager_"))
      .map(({ address }) => `${address}: is read with its value`),
    ...failing(stacks, ["aws_cloudformation_stack"], "leaves a secret behind", ({ stack, attributes }) =>
      Object.values<Attributes>(JSON.parse(attributes.template_body).Resources)
        .filter(({ Type }) => Type === "AWS::SecretsManager::Secret")
        .every(
          ({ DeletionPolicy, Properties: { SecretString, GenerateSecretString, KmsKeyId } }) =>
            SecretString === undefined &&
            GenerateSecretString.PasswordLength >= 32 &&
            isOwnKey(stacks, stack, KmsKeyId) &&
            DeletionPolicy === "Retain" &&
            attributes.lifecycle.prevent_destroy === true,
        ),
    ),
  ],
};

export const hardenedResponses: Rule = {
  name: "CloudFront adds security headers to every answer",
  check: (stacks) =>
    failing(stacks, ["aws_cloudfront_distribution"], "answers without them", ({ stack, attributes }) =>
      behaviors(attributes).every(({ response_headers_policy_id }) => {
        const policy = referenced(stacks, stack, response_headers_policy_id)?.attributes
          .security_headers_config;
        return (
          policy?.strict_transport_security.access_control_max_age_sec >= 31_536_000 &&
          policy.content_type_options.override === true &&
          policy.content_security_policy.content_security_policy.includes("default-src 'none'")
        );
      }),
    ),
};

const personalFields = /^c-|referer|user-agent|cookie|uri-|x-forwarded-for|x-host-header/;

const deliversAccessLog = (stacks: Stacks, { stack, id }: Resource): boolean =>
  resources(stacks, "aws_cloudwatch_log_delivery").some(({ stack: of, attributes }) => {
    const source = referenced(stacks, of, attributes.delivery_source_name);
    return (
      of === stack &&
      source?.attributes.resource_arn === `\${aws_cloudfront_distribution.${id}.arn}` &&
      source.attributes.log_type === "ACCESS_LOGS" &&
      attributes.record_fields.length > 0 &&
      !attributes.record_fields.some((field: string) => personalFields.test(field))
    );
  });

export const loggedDistributions: Rule = {
  name: "every distribution writes an access log, without personal data",
  check: (stacks) =>
    failing(stacks, ["aws_cloudfront_distribution"], "writes no log, or a personal one", (distribution) =>
      deliversAccessLog(stacks, distribution),
    ),
};
