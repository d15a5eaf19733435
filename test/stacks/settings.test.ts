import type { Attributes } from "../support/synthesize.ts";
import { changeFirst, resources } from "./rules/resources.ts";
import { resourceRule, testRule } from "./rules/rule.ts";

const distribution = "aws_cloudfront_distribution";
const cache = "aws_elasticache_replication_group";

const getApiOrigin = ({ origin }: Attributes): Attributes =>
  origin.find(({ origin_id }: Attributes) => origin_id === "api").custom_origin_config;

describe("settings of the stacks", () => {
  testRule(
    resourceRule(
      "CloudFront caches one response for each origin, because the response names it",
      "aws_cloudfront_cache_policy",
      ({ attributes: { parameters_in_cache_key_and_forwarded_to_origin: key } }) =>
        key.headers_config.headers.items.join() === "Origin",
    ),
    {
      "one response for all origins": changeFirst("aws_cloudfront_cache_policy", {
        "parameters_in_cache_key_and_forwarded_to_origin.headers_config.headers.items": [],
      }),
    },
  );

  testRule(
    resourceRule(
      "CloudFront waits longer for API Gateway than API Gateway for a function",
      distribution,
      ({ attributes }) => getApiOrigin(attributes).origin_read_timeout === 30,
    ),
    {
      "no timeout": changeFirst(distribution, (attributes) => {
        delete getApiOrigin(attributes).origin_read_timeout;
      }),
    },
  );

  testRule(
    resourceRule(
      "API Gateway waits for a function as long as it can",
      "aws_api_gateway_integration",
      ({ attributes }) => attributes.timeout_milliseconds === 29_000,
    ),
    { "a shorter timeout": changeFirst("aws_api_gateway_integration", { timeout_milliseconds: 3_000 }) },
  );

  testRule(
    resourceRule(
      "API Gateway compresses responses from 1 kB, because CloudFront only compresses what it caches",
      "aws_api_gateway_rest_api",
      ({ attributes }) => attributes.minimum_compression_size === "1024",
    ),
    { "no compression": changeFirst("aws_api_gateway_rest_api", { minimum_compression_size: undefined }) },
  );

  testRule(
    resourceRule(
      "API Gateway responds with 429 to throttled requests",
      "aws_api_gateway_gateway_response",
      ({ attributes: { response_type, status_code, response_parameters } }) =>
        response_type !== "THROTTLED" ||
        (status_code === "429" && response_parameters["gatewayresponse.header.Retry-After"] === "'1'"),
    ),
    {
      "another status": (stacks) => {
        const [throttled] = resources(stacks, "aws_api_gateway_gateway_response").filter(
          ({ attributes }) => attributes.response_type === "THROTTLED",
        );
        throttled!.attributes.status_code = "403";
      },
    },
  );

  testRule(
    resourceRule(
      "the cache logs slow commands, applies changes immediately, and keeps no snapshots",
      cache,
      ({ attributes }) =>
        attributes.log_delivery_configuration.map(({ log_type }: Attributes) => log_type).join() === "slow-log" &&
        attributes.apply_immediately === true &&
        attributes.snapshot_retention_limit === 0,
    ),
    {
      "another log": changeFirst(cache, { "log_delivery_configuration.0.log_type": "engine-log" }),
      "a change in the maintenance window": changeFirst(cache, { apply_immediately: undefined }),
      snapshots: changeFirst(cache, { snapshot_retention_limit: 5 }),
    },
  );
});
