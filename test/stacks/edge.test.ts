import { viewerCountryHeader } from "../../service/contract.ts";
import { originVerifyHeaderName } from "../../stacks/constructs/edge/origin-secret.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { inKeyPolicies } from "./rules/policies.ts";
import {
  type Change,
  changeFirst,
  failing,
  inTemplates,
  type Resource,
  referenced,
  referring,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { type Rule, resourceRule, testRule } from "./rules/rule.ts";

const distribution = "aws_cloudfront_distribution";

const getBehaviors = ({ default_cache_behavior, ordered_cache_behavior }: Attributes): Attributes[] => [
  default_cache_behavior,
  ...ordered_cache_behavior,
];

const isDistribution = ({ Principal, Condition }: Attributes): boolean =>
  Principal.Service === "cloudfront.amazonaws.com" &&
  String(Condition?.StringEquals?.["AWS:SourceArn"]).startsWith("${aws_cloudfront_distribution.");

/** A rule for each bucket in a stack with a distribution. */
const servedBucketRule = (name: string, passes: (bucket: Resource, stacks: Stacks) => boolean): Rule =>
  resourceRule(
    name,
    "aws_s3_bucket",
    (bucket, stacks) => !bucket.stack.resource.aws_cloudfront_distribution || passes(bucket, stacks),
  );

const privateBuckets = servedBucketRule(
  "a bucket that CloudFront serves keeps old versions, and only the distribution reads it",
  (bucket) => {
    const [policy] = referring(bucket, "aws_s3_bucket_policy", "bucket");
    const [versioning] = referring(bucket, "aws_s3_bucket_versioning", "bucket");
    const [ownership] = referring(bucket, "aws_s3_bucket_ownership_controls", "bucket");
    const allowed: Attributes[] = JSON.parse(policy!.policy).Statement.filter(
      ({ Effect }: Attributes) => Effect !== "Deny",
    );
    return (
      versioning?.versioning_configuration.status === "Enabled" &&
      ownership?.rule.object_ownership === "BucketOwnerEnforced" &&
      // Without the permission to list, a missing file would be a 403.
      allowed.flatMap(({ Action }) => Action).join() === "s3:GetObject,s3:ListBucket" &&
      allowed.every(isDistribution)
    );
  },
);

const readableBuckets = servedBucketRule(
  "only the distribution may use the key of a bucket that it serves",
  (bucket, stacks) => {
    const [encryption] = referring(bucket, "aws_s3_bucket_server_side_encryption_configuration", "bucket");
    const key = encryption?.rule[0].apply_server_side_encryption_by_default.kms_master_key_id;
    return JSON.parse(referenced(stacks, bucket.stack, key)!.attributes.policy).Statement.some(
      (statement: Attributes) =>
        statement.Effect === "Allow" && statement.Action.join() === "kms:Decrypt" && isDistribution(statement),
    );
  },
);

const bothProtocols = resourceRule(
  "every distribution has DNS records for IPv4 and IPv6",
  distribution,
  ({ stack, id, attributes }) => {
    const types = Object.values(stack.resource.aws_route53_record ?? {})
      .filter(
        ({ name, alias }) =>
          name === attributes.aliases[0] && alias.name === `\${aws_cloudfront_distribution.${id}.domain_name}`,
      )
      .map(({ type }) => type);
    return attributes.is_ipv6_enabled === true && types.sort().join() === "A,AAAA";
  },
);

const signedBuckets = resourceRule(
  "every distribution signs its requests to buckets",
  distribution,
  ({ stack, attributes }, stacks) =>
    attributes.origin
      .filter(({ custom_origin_config }: Attributes) => !custom_origin_config)
      .every(
        ({ origin_access_control_id }: Attributes) =>
          referenced(stacks, stack, origin_access_control_id)?.attributes.signing_behavior === "always",
      ),
);

/** AWS's managed policy that caches nothing. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const cached = [
  ...["/.well-known/jwks.json", "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"],
  ...["/openapi.json", "/v1/activity-kinds", "/v1/app", "/assets/*"],
];

const personalNotCached: Rule = {
  name: `CloudFront caches only ${cached.join(" and ")}, and a withdrawn signing key for at most five minutes`,
  check: (stacks) => [
    ...failing(stacks, [distribution], "caches personal data", ({ attributes }) =>
      getBehaviors(attributes).every(
        ({ path_pattern, cache_policy_id }) => cached.includes(path_pattern) === (cache_policy_id !== cachingDisabled),
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

/**
 * The statuses that CloudFront would keep for 10 s for all users, whatever `Cache-Control` says. 501 obeys `no-store`, which S3
 * does not send.
 */
const keptErrors = [405, 500, 501, 502, 503, 504];

const errorsNotCached = resourceRule(
  `CloudFront caches none of the errors ${keptErrors.join(", ")}, and changes no error`,
  distribution,
  ({ attributes: { custom_error_response: responses = [] } }) =>
    keptErrors.every((status) =>
      responses.some(
        ({ error_code, error_caching_min_ttl }: Attributes) => error_code === status && error_caching_min_ttl === 0,
      ),
    ) && !responses.some(({ response_code, response_page_path }: Attributes) => response_code || response_page_path),
);

const verifiedOrigin = resourceRule(
  "every request of CloudFront to the API has the origin verify header, whose value no stack contains",
  distribution,
  ({ stack, attributes }, stacks) =>
    getBehaviors(attributes)
      .filter(({ target_origin_id }) => target_origin_id === "api")
      .every(({ function_association }) => {
        const association: Attributes | undefined = function_association?.[0];
        const made = association && referenced(stacks, stack, association.function_arn);
        const code = made && JSON.parse(made.attributes.template_body).Resources.Function.Properties.FunctionCode;
        return (
          association?.event_type === "viewer-request" &&
          code.includes(`headers["${originVerifyHeaderName}"] = { value: "{{resolve:secretsmanager:`)
        );
      }),
);

/** AWS's managed policy that forwards all headers of the viewer except `Host`, and CloudFront's own. */
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const forwardedCountry = resourceRule(
  `CloudFront forwards the viewer's country to the API in ${viewerCountryHeader}, and to no bucket`,
  distribution,
  ({ attributes }) =>
    viewerCountryHeader === "CloudFront-Viewer-Country" &&
    getBehaviors(attributes).every(
      ({ target_origin_id, origin_request_policy_id }) =>
        origin_request_policy_id === (target_origin_id === "api" ? allViewerExceptHost : undefined),
    ),
);

const hardenedResponses = resourceRule(
  "CloudFront adds security headers to every response",
  distribution,
  ({ stack, attributes }, stacks) =>
    getBehaviors(attributes).every(({ response_headers_policy_id }) => {
      const policy = referenced(stacks, stack, response_headers_policy_id)?.attributes.security_headers_config;
      return (
        policy?.strict_transport_security.access_control_max_age_sec >= 31_536_000 &&
        policy.content_type_options.override === true &&
        policy.content_security_policy.content_security_policy.includes("default-src 'none'")
      );
    }),
);

const personalFields = /^c-|referer|user-agent|cookie|uri-|x-forwarded-for|x-host-header/;

const loggedDistributions = resourceRule(
  "every distribution writes an access log, without personal data",
  distribution,
  ({ stack, id }, stacks) =>
    resources(stacks, "aws_cloudwatch_log_delivery").some(({ stack: of, attributes }) => {
      const source = referenced(stacks, of, attributes.delivery_source_name);
      return (
        of === stack &&
        source?.attributes.resource_arn === `\${aws_cloudfront_distribution.${id}.arn}` &&
        source.attributes.log_type === "ACCESS_LOGS" &&
        attributes.record_fields.length > 0 &&
        !attributes.record_fields.some((field: string) => personalFields.test(field))
      );
    }),
);

const bucketPolicy = (from: string, to: string) =>
  changeFirst("aws_s3_bucket_policy", (policy) => {
    policy.policy = policy.policy.replace(from, to);
  });

const inDistribution = (change: Change) => changeFirst(distribution, change);

/** Changes the default cache behavior, or one of the others. */
const behavior = (index: number | undefined, values: Attributes) =>
  inDistribution(({ default_cache_behavior, ordered_cache_behavior }) =>
    Object.assign(index === undefined ? default_cache_behavior : ordered_cache_behavior.at(index), values),
  );

describe("the edge of the stacks", () => {
  testRule(privateBuckets, {
    "a bucket that anyone reads": bucketPolicy('"Service":"cloudfront.amazonaws.com"', '"AWS":"*"'),
    "a bucket that every distribution reads": bucketPolicy("AWS:SourceArn", "aws:UserAgent"),
    "a missing file with the response to a forbidden one": bucketPolicy("s3:ListBucket", "s3:GetObjectVersion"),
    "a bucket that the distribution writes": bucketPolicy("s3:GetObject", "s3:PutObject"),
    "a bucket without versions": changeFirst("aws_s3_bucket_versioning", {
      versioning_configuration: { status: "Suspended" },
    }),
  });

  testRule(readableBuckets, {
    "a key for all distributions": inKeyPolicies("AWS:SourceArn", "aws:UserAgent"),
    "a key that the distribution may only describe": inKeyPolicies('["kms:Decrypt"]', '["kms:DescribeKey"]'),
  });

  testRule(bothProtocols, {
    "no IPv6": inDistribution({ is_ipv6_enabled: false }),
    "no DNS record for IPv6": replaceInAll("aws_route53_record", "type", "AAAA", "TXT"),
  });

  testRule(signedBuckets, {
    "unsigned requests": changeFirst("aws_cloudfront_origin_access_control", { signing_behavior: "never" }),
    "a bucket without access control": inDistribution(({ origin }) => delete origin[1].origin_access_control_id),
  });

  testRule(personalNotCached, {
    "a cache for everything": behavior(undefined, { cache_policy_id: "another" }),
    "a cache for profiles": behavior(0, { path_pattern: "/v1/*" }),
    "keys that are cached for a day": changeFirst("aws_cloudfront_cache_policy", { max_ttl: 86_400 }),
  });

  testRule(errorsNotCached, {
    "the default": inDistribution({ custom_error_response: undefined }),
    "an error for ten seconds": inDistribution(({ custom_error_response: responses }) => {
      responses[0].error_caching_min_ttl = 10;
    }),
    "the response of an overloaded API for all users": inDistribution(({ custom_error_response: responses }) => {
      responses.splice(
        responses.findIndex(({ error_code }: Attributes) => error_code === 503),
        1,
      );
    }),
    "a page instead of a problem": inDistribution(({ custom_error_response: responses }) => {
      Object.assign(responses[0], { response_code: 200, response_page_path: "/error.html" });
    }),
  });

  testRule(verifiedOrigin, {
    "requests without the header": behavior(undefined, { function_association: undefined }),
    "another header": inTemplates("x-origin-verify", "x-other"),
    "a value in plain text": inTemplates("{{resolve:secretsmanager:", "hunter2"),
  });

  testRule(forwardedCountry, {
    "no origin request policy": behavior(undefined, { origin_request_policy_id: undefined }),
    "a policy that forwards Host, which API Gateway rejects": behavior(0, {
      origin_request_policy_id: "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    }),
    "a policy for the bucket": behavior(-1, { origin_request_policy_id: "b689b0a8-53d0-40ab-baf2-68738e2966ac" }),
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
