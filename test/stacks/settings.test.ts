import type { Attributes } from "../support/synthesize.ts";
import { type Change, changeFirst, changeWhere } from "./rules/resources.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

const throttled = "THROTTLED";

const getApiOrigin = ({ origin }: Attributes): Attributes =>
  origin.find(({ origin_id }: Attributes) => origin_id === "api").custom_origin_config;

/** Tests a rule for all resources of a type, and that it detects each change of the first of them. */
function testSetting(
  name: string,
  type: string,
  passes: (attributes: Attributes) => boolean,
  changes: Record<string, Change>,
): void {
  const breaks = Object.entries(changes).map(([way, change]) => [way, changeFirst(type, change)]);
  testRule(
    resourceRule(name, type, ({ attributes }) => passes(attributes)),
    Object.fromEntries(breaks),
  );
}

describe("settings of the stacks", () => {
  testSetting(
    "CloudFront caches one response for each origin, because the response names it",
    "aws_cloudfront_cache_policy",
    ({ parameters_in_cache_key_and_forwarded_to_origin: key }) => key.headers_config.headers.items.join() === "Origin",
    {
      "one response for all origins": {
        "parameters_in_cache_key_and_forwarded_to_origin.headers_config.headers.items": [],
      },
    },
  );

  testSetting(
    "CloudFront waits longer for API Gateway than API Gateway for a function",
    "aws_cloudfront_distribution",
    (attributes) => getApiOrigin(attributes).origin_read_timeout === 30,
    { "no timeout": (attributes) => delete getApiOrigin(attributes).origin_read_timeout },
  );

  testSetting(
    "a certificate is replaced before the old one, which is in use, is deleted",
    "aws_acm_certificate",
    ({ lifecycle }) => lifecycle?.create_before_destroy === true,
    { "a deletion first": { lifecycle: undefined } },
  );

  testSetting(
    "API Gateway waits for a function as long as it can",
    "aws_api_gateway_integration",
    ({ timeout_milliseconds }) => timeout_milliseconds === 29_000,
    { "a shorter timeout": { timeout_milliseconds: 3_000 } },
  );

  testSetting(
    "API Gateway compresses responses from 1 kB, because CloudFront only compresses what it caches",
    "aws_api_gateway_rest_api",
    ({ minimum_compression_size }) => minimum_compression_size === "1024",
    { "no compression": { minimum_compression_size: undefined } },
  );

  testRule(
    resourceRule(
      "API Gateway responds with 429 to throttled requests",
      "aws_api_gateway_gateway_response",
      ({ attributes: { response_type, status_code, response_parameters } }) =>
        response_type !== throttled ||
        (status_code === "429" && response_parameters["gatewayresponse.header.Retry-After"] === "'1'"),
    ),
    {
      "another status": changeWhere(
        "aws_api_gateway_gateway_response",
        ({ attributes }) => attributes.response_type === throttled,
        { status_code: "403" },
      ),
    },
  );

  testSetting(
    "the cache logs slow commands, applies changes immediately, and keeps no snapshots",
    "aws_elasticache_replication_group",
    ({ log_delivery_configuration: logs, apply_immediately, snapshot_retention_limit }) =>
      logs.map(({ log_type }: Attributes) => log_type).join() === "slow-log" &&
      apply_immediately === true &&
      snapshot_retention_limit === 0,
    {
      "another log": { "log_delivery_configuration.0.log_type": "engine-log" },
      "a change in the maintenance window": { apply_immediately: undefined },
      snapshots: { snapshot_retention_limit: 5 },
    },
  );
});
