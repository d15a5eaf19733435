import { ConfigurationError } from "../../service/config.ts";
import { charge, type PricingRule } from "./line-item.ts";
import { computeDatabaseGb } from "./priced-data.ts";
import { findServingFunction } from "./priced-requests.ts";
import { assumptions, hoursPerMonth, toGb, type Usage } from "./traffic.ts";

const endpoint: PricingRule = ({ attributes }, usage) => {
  if (attributes.vpc_endpoint_type === "Gateway") return [];
  const service = String(attributes.service_name);
  const traffic = service.startsWith("${mongodbatlas_")
    ? computeDatabaseGb(usage)
    : service.endsWith(".kms")
      ? toGb(usage.calls.auth * assumptions.signatureBytes.value)
      : 0;
  return [
    charge("endpointHours", attributes.subnet_ids.length * hoursPerMonth),
    charge("endpointTraffic", traffic),
  ];
};

const nat: PricingRule = (_, usage) => [
  charge("natHours", hoursPerMonth),
  charge("natTraffic", assumptions.natIdleGb.value + computeDatabaseGb(usage)),
];

/** GB that a log takes in in a month, by the beginning of its group's name. */
const ingestionRules: readonly (readonly [string, (usage: Usage, name: string) => number])[] = [
  [
    "/aws/lambda/",
    ({ calls }, name) => {
      const role = findServingFunction(name);
      return role ? toGb(calls[role] * assumptions.functionLogBytes.value) : 0;
    },
  ],
  ["/aws/apigateway/welcome", () => 0],
  ["/aws/apigateway/", ({ apiRequests }) => toGb(apiRequests * assumptions.accessLogBytes.value)],
  ["/aws/vendedlogs/cloudfront/", ({ requests }) => toGb(requests * assumptions.accessLogBytes.value)],
  [
    "/aws/vpc/",
    ({ apiRequests }) => assumptions.flowLogIdleGb.value + toGb(apiRequests * assumptions.flowLogBytes.value),
  ],
  ["/aws/elasticache/", () => 0],
  // A few lines for each release.
  ["/ecobeat-", () => 0],
  [
    "aws-waf-logs-",
    ({ requests }) => toGb(requests * assumptions.blockedShare.value * assumptions.wafLogBytes.value),
  ],
];

/** @throws {ConfigurationError} when nothing says how much a log takes in */
function computeIngestedGb(name: string, usage: Usage): number {
  const [, taken] = ingestionRules.find(([beginning]) => name.startsWith(beginning)) ?? [];
  if (!taken) {
    throw new ConfigurationError(
      `The log group ${name} has no place in the estimate. Nothing says how much it takes in. ` +
        `Say so in scripts/cost/priced-network.ts.`,
    );
  }
  return taken(usage, name);
}

const logGroup: PricingRule = ({ attributes: { name, provider, retention_in_days } }, usage) => {
  const gigabytes = computeIngestedGb(name, usage);
  return [
    charge(provider === "aws.us-east-1" ? "logTakenUsEast1" : "logTaken", gigabytes),
    charge(
      "logKept",
      gigabytes * assumptions.logCompression.value * ((retention_in_days * 24) / hoursPerMonth),
    ),
  ];
};

/** Looks through all that its log takes in. */
const dataProtection: PricingRule = ({ attributes, siblings }, usage) => {
  const [, group] = Object.entries(siblings("aws_cloudwatch_log_group")).find(
    ([id]) => attributes.log_group_name === `\${aws_cloudwatch_log_group.${id}.name}`,
  )!;
  return [charge("logMasked", computeIngestedGb(group.name, usage))];
};

/** By the metric that it looks at. */
const alarm: PricingRule = ({ attributes: { metric_query } }) => [
  charge("alarmMetric", metric_query?.filter(({ metric }: { metric?: object }) => metric).length ?? 1),
];

/** The network, and what is written and watched. */
export const pricedNetwork: Readonly<Record<string, PricingRule>> = {
  // Application Auto Scaling makes two alarms of its own.
  aws_appautoscaling_policy: () => [charge("alarmMetric", 2)],
  aws_cloudwatch_contributor_insight_rule: () => [charge("insightRule", 1)],
  aws_cloudwatch_dashboard: () => [charge("dashboard", 1)],
  aws_cloudwatch_log_data_protection_policy: dataProtection,
  aws_cloudwatch_log_group: logGroup,
  // What a filter counts is a metric of ours.
  aws_cloudwatch_log_metric_filter: () => [charge("metric", 1)],
  aws_cloudwatch_metric_alarm: alarm,
  aws_eip: () => [charge("address", hoursPerMonth)],
  aws_nat_gateway: nat,
  aws_vpc_endpoint: endpoint,
};
