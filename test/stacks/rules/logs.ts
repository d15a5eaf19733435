import type { Attributes } from "../../support/synthesize.ts";
import { resources } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
const personalVariables = /\$context\.(identity|authorizer|authorize|path\b|requestOverride)/;

export const expiringLogs = resourceRule(
  "every log group has a retention",
  "aws_cloudwatch_log_group",
  ({ attributes }) => attributes.retention_in_days > 0,
);

/** The log group of each resource that writes a log. */
const writers: Readonly<Record<string, (attributes: Attributes) => unknown>> = {
  aws_api_gateway_stage: ({ access_log_settings }) => access_log_settings?.destination_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration }) =>
    log_delivery_configuration?.[0]?.destination,
  aws_flow_log: ({ log_destination }) => log_destination,
  aws_lambda_function: ({ logging_config }) => logging_config?.log_group,
};

export const ownLogGroups: Rule = {
  name: "every function, stage, cache and flow log has a log group of its own in the stacks",
  check: (stacks) => {
    const targets = resources(stacks, ...Object.keys(writers)).map(
      ({ address, stackName, type, attributes }) => ({
        address,
        stackName,
        group: String(writers[type]!(attributes)),
      }),
    );
    return targets
      .filter(
        ({ stackName, group }) =>
          !group.startsWith("${aws_cloudwatch_log_group.") ||
          targets.filter((other) => other.stackName === stackName && other.group === group).length > 1,
      )
      .map(({ address }) => address);
  },
};

const requiredVariables = [
  "$context.requestId",
  "$context.responseLatency",
  "$context.integration.latency",
  "$context.waf.status",
  "$context.wafResponseCode",
  "$context.waf.latency",
];

export const completeAccessLogs = resourceRule(
  "access logs are JSON with the request id, the latency of each part, and the response of WAF",
  "aws_api_gateway_stage",
  ({ attributes }) => {
    const values = Object.values(JSON.parse(attributes.access_log_settings.format));
    return requiredVariables.every((variable) => values.includes(variable));
  },
);

export const impersonalAccessLogs = rulesByType(
  "access logs contain no address, user agent, caller or path, and API Gateway logs no bodies",
  {
    aws_api_gateway_stage: ({ attributes }) => {
      const format = attributes.access_log_settings?.format;
      return typeof format === "string" && !personalVariables.test(format);
    },
    aws_api_gateway_method_settings: ({ attributes: { settings } }) =>
      settings.data_trace_enabled === false && settings.logging_level === "OFF",
  },
);
