import { add, type Change, changeFirst, replaceInAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import {
  apiRequiresTls13,
  cacheRequiresIam,
  cacheRequiresTls,
  noProcessTlsLimits,
  viewersRequireTls13,
} from "./rules/tls.ts";

const lambda = (change: Change) => changeFirst("aws_lambda_function", change);
const cache = (change: Change) => changeFirst("aws_elasticache_replication_group", change);
const distribution = (change: Change) => changeFirst("aws_cloudfront_distribution", change);
const restApi = (change: Change) => changeFirst("aws_api_gateway_rest_api", change);
const domainName = (change: Change) => changeFirst("aws_api_gateway_domain_name", change);

describe("encryption in transit", () => {
  testRule(cacheRequiresTls, {
    "a cache without TLS": cache({
      transit_encryption_enabled: false,
    }),
    "a cache that prefers TLS": cache({
      transit_encryption_mode: "preferred",
    }),
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
    "a domain that speaks TLS 1.2": domainName({
      security_policy: "TLS_1_2",
    }),
    "TLS 1.2 without CloudFront before it": distribution({
      "origin.0.domain_name": "another",
    }),
    "a domain that accepts other names": domainName({
      endpoint_access_mode: "BASIC",
    }),
    "an API with a policy that is not its domain's": restApi({
      security_policy: "TLS_1_2",
    }),
    "an API without a policy": restApi({ security_policy: undefined }),
    "an API that accepts other names": restApi({
      endpoint_access_mode: undefined,
    }),
    "an API under AWS's name": restApi({
      disable_execute_api_endpoint: undefined,
    }),
    "a function with a URL": add("service", "aws_lambda_function_url", {}),
  });

  testRule(viewersRequireTls13, {
    "viewers with TLS 1.2": distribution({
      "viewer_certificate.minimum_protocol_version": "TLSv1.2_2021",
    }),
    "viewers without TLS": distribution({
      "default_cache_behavior.viewer_protocol_policy": "allow-all",
    }),
    "an origin without TLS": distribution({
      "origin.0.custom_origin_config.origin_protocol_policy": "match-viewer",
    }),
    "HTTP/1.1 alone": distribution({ http_version: "http1.1" }),
  });

  testRule(noProcessTlsLimits, {
    "a function whose process requires TLS 1.3": lambda({
      "environment.variables.NODE_OPTIONS": "--tls-min-v1.3",
    }),
    "a function whose process does not offer TLS 1.3": lambda({
      "environment.variables.NODE_OPTIONS": "--enable-source-maps --tls-max-v1.2",
    }),
  });
});
