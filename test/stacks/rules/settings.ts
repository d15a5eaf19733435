import type { Attributes } from "../../support/synthesize.ts";
import { failing } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** An attribute that must have one value, and a change by which it has another. */
export interface Setting {
  /** One sentence. */
  readonly name: string;
  readonly type: string;
  /** @default every resource of the type */
  readonly among?: (attributes: Attributes) => boolean;
  readonly read: (attributes: Attributes) => unknown;
  readonly is: unknown;
  readonly spoil: (attributes: Attributes) => void;
}

/** AWS's own policy that passes on all that a viewer sent but the host, which is ours. */
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const ofApi = ({ default_cache_behavior, ordered_cache_behavior }: Attributes): Attributes[] =>
  [default_cache_behavior, ...ordered_cache_behavior].filter(
    ({ target_origin_id }) => target_origin_id === "api",
  );

const originOfApi = ({ origin }: Attributes): Attributes =>
  origin.find(({ origin_id }: Attributes) => origin_id === "api").custom_origin_config;

export const settings: readonly Setting[] = [
  {
    name: "CloudFront passes on to the API all that the viewer sent, but the host",
    type: "aws_cloudfront_distribution",
    read: (attributes) => [
      ...new Set(ofApi(attributes).map(({ origin_request_policy_id }) => origin_request_policy_id)),
    ],
    is: [allViewerExceptHost],
    spoil: (attributes) => {
      delete ofApi(attributes).at(-1)!.origin_request_policy_id;
    },
  },
  {
    name: "CloudFront keeps one answer for each origin that asks, as the answer names it",
    type: "aws_cloudfront_cache_policy",
    read: ({ parameters_in_cache_key_and_forwarded_to_origin: key }) => key.headers_config.headers.items,
    is: ["Origin"],
    spoil: ({ parameters_in_cache_key_and_forwarded_to_origin: key }) => {
      key.headers_config = { header_behavior: "none", headers: { items: [] } };
    },
  },
  {
    name: "CloudFront waits for API Gateway longer than that waits for a function",
    type: "aws_cloudfront_distribution",
    read: (attributes) => originOfApi(attributes).origin_read_timeout,
    is: 30,
    spoil: (attributes) => {
      delete originOfApi(attributes).origin_read_timeout;
    },
  },
  {
    name: "API Gateway waits for a function as long as it can",
    type: "aws_api_gateway_integration",
    read: ({ timeout_milliseconds }) => timeout_milliseconds,
    is: 29_000,
    spoil: (attributes) => {
      attributes.timeout_milliseconds = 3_000;
    },
  },
  {
    name: "API Gateway compresses answers of 1 kB and more, as CloudFront compresses only what it caches",
    type: "aws_api_gateway_rest_api",
    read: ({ minimum_compression_size }) => minimum_compression_size,
    is: "1024",
    spoil: (attributes) => {
      delete attributes.minimum_compression_size;
    },
  },
  {
    name: "API Gateway says by 429 that it takes no more requests",
    type: "aws_api_gateway_gateway_response",
    among: ({ response_type }) => response_type === "THROTTLED",
    read: ({ status_code, response_parameters }) => [
      status_code,
      response_parameters["gatewayresponse.header.Retry-After"],
    ],
    is: ["429", "'1'"],
    spoil: (attributes) => {
      attributes.status_code = "403";
    },
  },
  {
    name: "the cache logs slow commands",
    type: "aws_elasticache_replication_group",
    read: ({ log_delivery_configuration }) =>
      log_delivery_configuration.map(({ log_type }: Attributes) => log_type),
    is: ["slow-log"],
    spoil: ({ log_delivery_configuration: [log] }) => {
      log.log_type = "engine-log";
    },
  },
  {
    name: "the cache changes when Terraform says so",
    type: "aws_elasticache_replication_group",
    read: ({ apply_immediately }) => apply_immediately,
    is: true,
    spoil: (attributes) => {
      delete attributes.apply_immediately;
    },
  },
  {
    name: "the cache keeps no snapshots",
    type: "aws_elasticache_replication_group",
    read: ({ snapshot_retention_limit }) => snapshot_retention_limit,
    is: 0,
    spoil: (attributes) => {
      attributes.snapshot_retention_limit = 5;
    },
  },
];

/** The rule that a setting stands for. */
export const toRule = ({ name, type, among = () => true, read, is }: Setting): Rule => ({
  name,
  check: (stacks) =>
    failing(
      stacks,
      [type],
      "has another value",
      ({ attributes }) => !among(attributes) || JSON.stringify(read(attributes)) === JSON.stringify(is),
    ),
});
