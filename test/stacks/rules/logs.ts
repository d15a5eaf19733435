import type { Attributes } from "../../support/synthesize.ts";
import { failing, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
const personalVariables = /\$context\.(identity|authorizer|authorize|path\b|requestOverride)/;

export const expiringLogs: Rule = {
  name: "every log group forgets",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_cloudwatch_log_group"],
      "keeps events for ever",
      ({ attributes }) => attributes.retention_in_days > 0,
    ),
};

/** What writes a log, and where it says to which group. */
const writers: Readonly<Record<string, (attributes: Attributes) => unknown>> = {
  aws_api_gateway_stage: ({ access_log_settings }) => access_log_settings?.destination_arn,
  aws_elasticache_replication_group: ({ log_delivery_configuration }) =>
    log_delivery_configuration?.[0]?.destination,
  aws_flow_log: ({ log_destination }) => log_destination,
  aws_lambda_function: ({ logging_config }) => logging_config?.log_group,
};

export const ownLogGroups: Rule = {
  name: "every function, stage, cache and flow log writes to a log group of the stacks, and only its own",
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
      .map(({ address }) => `${address}: has no log group of its own`);
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

export const completeAccessLogs: Rule = {
  name: "access logs are JSON with the request's id, how long each part took, and what the WAF said",
  check: (stacks) =>
    failing(stacks, ["aws_api_gateway_stage"], "logs too little", ({ attributes }) => {
      const values = Object.values(JSON.parse(attributes.access_log_settings.format));
      return requiredVariables.every((variable) => values.includes(variable));
    }),
};

export const impersonalAccessLogs: Rule = {
  name: "access logs hold no address, user agent, caller or path, and API Gateway logs no bodies",
  check: (stacks) => [
    ...failing(stacks, ["aws_api_gateway_stage"], "logs personal data", ({ attributes }) => {
      const format = attributes.access_log_settings?.format;
      return typeof format === "string" && !personalVariables.test(format);
    }),
    ...failing(
      stacks,
      ["aws_api_gateway_method_settings"],
      "logs bodies",
      ({ attributes: { settings } }) =>
        settings.data_trace_enabled === false && settings.logging_level === "OFF",
    ),
  ],
};
