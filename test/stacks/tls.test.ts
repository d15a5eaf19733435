import { add, changeFirst } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import {
  apiRequiresTls13,
  cacheRequiresIam,
  cacheRequiresTls,
  noProcessTlsLimits,
  viewersRequireTls13,
} from "./rules/tls.ts";

describe("encryption in transit", () => {
  testRule(cacheRequiresTls, {
    "a cache without TLS": changeFirst("aws_elasticache_replication_group", {
      transit_encryption_enabled: false,
    }),
    "a cache that prefers TLS": changeFirst("aws_elasticache_replication_group", {
      transit_encryption_mode: "preferred",
    }),
    "a URL without TLS": changeFirst("aws_ssm_parameter", { value: "redis://cache:6379" }),
  });

  testRule(cacheRequiresIam, {
    "a user without a password": changeFirst("aws_elasticache_user", {
      access_string: "on ~ecobeat:* -@all +@read -@dangerous",
    }),
    "a user of all keys": (stacks) => {
      for (const user of Object.values(
        stacks["ecobeat-staging-foundation"]!.resource.aws_elasticache_user!,
      )) {
        user.access_string = user.access_string.replace("~ecobeat:*", "~*");
      }
    },
    "a user of dangerous commands": (stacks) => {
      for (const user of Object.values(
        stacks["ecobeat-staging-foundation"]!.resource.aws_elasticache_user!,
      )) {
        user.access_string = user.access_string.replace(" -@dangerous", "");
      }
    },
    "a cache without users": changeFirst("aws_elasticache_replication_group", { user_group_ids: undefined }),
  });

  testRule(apiRequiresTls13, {
    "a domain that speaks TLS 1.2": changeFirst("aws_api_gateway_domain_name", {
      security_policy: "TLS_1_2",
    }),
    "TLS 1.2 without CloudFront before it": changeFirst("aws_cloudfront_distribution", {
      "origin.0.domain_name": "another",
    }),
    "a domain that answers other names": changeFirst("aws_api_gateway_domain_name", {
      endpoint_access_mode: "BASIC",
    }),
    "an API with a policy that is not its domain's": changeFirst("aws_api_gateway_rest_api", {
      security_policy: "TLS_1_2",
    }),
    "an API without a policy": changeFirst("aws_api_gateway_rest_api", { security_policy: undefined }),
    "an API that answers other names": changeFirst("aws_api_gateway_rest_api", {
      endpoint_access_mode: undefined,
    }),
    "an API under AWS's name": changeFirst("aws_api_gateway_rest_api", {
      disable_execute_api_endpoint: undefined,
    }),
    "a function with a URL": add("service", "aws_lambda_function_url", {}),
  });

  testRule(viewersRequireTls13, {
    "viewers with TLS 1.2": changeFirst("aws_cloudfront_distribution", {
      "viewer_certificate.minimum_protocol_version": "TLSv1.2_2021",
    }),
    "viewers without TLS": changeFirst("aws_cloudfront_distribution", {
      "default_cache_behavior.viewer_protocol_policy": "allow-all",
    }),
    "an origin without TLS": changeFirst("aws_cloudfront_distribution", {
      "origin.0.custom_origin_config.origin_protocol_policy": "match-viewer",
    }),
    "HTTP/1.1 alone": changeFirst("aws_cloudfront_distribution", { http_version: "http1.1" }),
  });

  testRule(noProcessTlsLimits, {
    "a function whose process demands TLS 1.3": changeFirst("aws_lambda_function", {
      "environment.variables.NODE_OPTIONS": "--tls-min-v1.3",
    }),
    "a function whose process does not offer TLS 1.3": changeFirst("aws_lambda_function", {
      "environment.variables.NODE_OPTIONS": "--enable-source-maps --tls-max-v1.2",
    }),
  });
});
