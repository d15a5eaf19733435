import type { Attributes, Stacks } from "../support/synthesize.ts";
import { isSupport } from "./rules/async-invocations.ts";
import { add, type Change, changeFirst, referenced, replaceInAll, resources } from "./rules/resources.ts";
import { resourceRule, rulesByType, testRule } from "./rules/rule.ts";

const cacheRequiresTls = rulesByType("the cache speaks TLS alone", {
  aws_elasticache_replication_group: ({ attributes }) =>
    attributes.transit_encryption_enabled === true && attributes.transit_encryption_mode === "required",
  aws_ssm_parameter: ({ attributes }) => !/\b(redis|http|mongodb):\/\//.test(attributes.value),
});

const cacheRequiresIam = rulesByType(
  "the cache accepts only IAM users, with the service's keys and without dangerous commands",
  {
    aws_elasticache_user: ({ attributes: { access_string, authentication_mode, passwords, user_id } }) => {
      const terms: string[] = access_string.split(" ");
      const off = terms[0] === "off" && terms.at(-1) === "-@all";
      const limited =
        authentication_mode.type === "iam" &&
        terms.filter((term) => term.startsWith("~")).join() ===
          (user_id === "ecobeat-staging-preview" ? "~ecobeat-pr-*" : "~ecobeat:*") &&
        !terms.includes("+@all") &&
        terms.at(-1) === "-@dangerous";
      return passwords === undefined && (off || limited);
    },
    aws_elasticache_replication_group: ({ attributes }) =>
      attributes.user_group_ids?.length === 1 && attributes.auth_token === undefined,
  },
);

/** Whether a distribution, which speaks TLS 1.2 at most to it, is the only client of a domain. */
const isBehindCloudFront = (stacks: Stacks, domain: string): boolean =>
  resources(stacks, "aws_cloudfront_distribution").some(({ attributes }) =>
    attributes.origin.some(({ domain_name }: Attributes) => domain_name === domain),
  );

const apiRequiresTls13 = rulesByType(
  "the API requires TLS 1.3, except from CloudFront, which does not offer it, and has only its own name",
  {
    aws_api_gateway_domain_name: ({ attributes }, stacks) =>
      attributes.security_policy ===
        (isBehindCloudFront(stacks, attributes.domain_name)
          ? "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
          : "SecurityPolicy_TLS13_1_3_2025_09") && attributes.endpoint_access_mode === "STRICT",
    aws_api_gateway_rest_api: ({ stack, attributes }) => {
      const [domain] = Object.values(stack.resource.aws_api_gateway_domain_name ?? {});
      return (
        attributes.disable_execute_api_endpoint === true &&
        attributes.endpoint_access_mode === "STRICT" &&
        attributes.security_policy !== undefined &&
        attributes.security_policy === domain?.security_policy
      );
    },
    // They have no such policy.
    aws_apigatewayv2_api: () => false,
    // Only operators call it: docs/tls.md.
    aws_lambda_function_url: ({ stack, attributes }, stacks) =>
      attributes.authorization_type === "AWS_IAM" &&
      isSupport(referenced(stacks, stack, attributes.function_name)?.attributes ?? {}),
  },
);

const viewersRequireTls13 = resourceRule(
  "CloudFront requires TLS 1.3 of viewers, over HTTP/2 and 3, and TLS of origins",
  "aws_cloudfront_distribution",
  ({ attributes: { viewer_certificate, http_version, origin, ...behaviors } }) =>
    viewer_certificate.minimum_protocol_version === "TLSv1.3_2025" &&
    http_version === "http2and3" &&
    [behaviors.default_cache_behavior, ...behaviors.ordered_cache_behavior].every(
      ({ viewer_protocol_policy }) => viewer_protocol_policy === "https-only",
    ) &&
    origin.every(
      ({ custom_origin_config: custom }: Attributes) =>
        !custom || (custom.origin_protocol_policy === "https-only" && custom.origin_ssl_protocols.join() === "TLSv1.2"),
    ),
);

/** A limit of the process could end connections to services that promise only TLS 1.2. Each connection has its own floor. */
const noProcessTlsLimits = resourceRule(
  "no function limits the TLS versions of its whole process",
  "aws_lambda_function",
  ({ attributes }) => !/--tls/.test(attributes.environment?.variables.NODE_OPTIONS),
);

const lambda = (change: Change) => changeFirst("aws_lambda_function", change);
const cache = (change: Change) => changeFirst("aws_elasticache_replication_group", change);
const distribution = (change: Change) => changeFirst("aws_cloudfront_distribution", change);
const restApi = (change: Change) => changeFirst("aws_api_gateway_rest_api", change);
const domainName = (change: Change) => changeFirst("aws_api_gateway_domain_name", change);

describe("encryption in transit", () => {
  testRule(cacheRequiresTls, {
    "a cache without TLS": cache({ transit_encryption_enabled: false }),
    "a cache that prefers TLS": cache({ transit_encryption_mode: "preferred" }),
    "a URL without TLS": changeFirst("aws_ssm_parameter", { value: "redis://cache:6379" }),
  });

  testRule(cacheRequiresIam, {
    "a user without a password": changeFirst("aws_elasticache_user", {
      access_string: "on ~ecobeat:* -@all +@read -@dangerous",
    }),
    "a user of all keys": replaceInAll("aws_elasticache_user", "access_string", "~ecobeat:*", "~*"),
    "a user of dangerous commands": replaceInAll("aws_elasticache_user", "access_string", " -@dangerous", ""),
    "a cache without users": cache({ user_group_ids: undefined }),
  });

  testRule(apiRequiresTls13, {
    "a domain that speaks TLS 1.2": domainName({ security_policy: "TLS_1_2" }),
    "TLS 1.2 without CloudFront before it": distribution({ "origin.0.domain_name": "another" }),
    "a domain that accepts other names": domainName({ endpoint_access_mode: "BASIC" }),
    "an API with a policy that is not its domain's": restApi({ security_policy: "TLS_1_2" }),
    "an API without a policy": restApi({ security_policy: undefined }),
    "an API that accepts other names": restApi({ endpoint_access_mode: undefined }),
    "an API under AWS's name": restApi({ disable_execute_api_endpoint: undefined }),
    "a function with a URL": add("service", "aws_lambda_function_url", {}),
  });

  testRule(viewersRequireTls13, {
    "viewers with TLS 1.2": distribution({ "viewer_certificate.minimum_protocol_version": "TLSv1.2_2021" }),
    "viewers without TLS": distribution({ "default_cache_behavior.viewer_protocol_policy": "allow-all" }),
    "an origin without TLS": distribution({ "origin.0.custom_origin_config.origin_protocol_policy": "match-viewer" }),
    "HTTP/1.1 alone": distribution({ http_version: "http1.1" }),
  });

  testRule(noProcessTlsLimits, {
    "a function whose process requires TLS 1.3": lambda({ "environment.variables.NODE_OPTIONS": "--tls-min-v1.3" }),
    "a function whose process does not offer TLS 1.3": lambda({
      "environment.variables.NODE_OPTIONS": "--enable-source-maps --tls-max-v1.2",
    }),
  });
});
