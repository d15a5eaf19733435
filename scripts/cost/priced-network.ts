import { namePrefix } from "../../service/company.ts";
import { OperatorError } from "../cli/errors.ts";
import { findServingFunction } from "./priced-requests.ts";
import { charge, type PricingRule } from "./prices.ts";
import { hoursPerMonth, toGb, type Usage } from "./traffic.ts";

const endpoint: PricingRule = ({ attributes }, usage) => {
  if (attributes.vpc_endpoint_type === "Gateway") return [];
  const service = String(attributes.service_name);
  const traffic = service.startsWith("${mongodbatlas_")
    ? usage.databaseTrafficGb
    : service.endsWith(".kms")
      ? toGb(usage.countCalls("auth") * usage.assume("signatureBytes"))
      : 0;
  return [charge("endpointHours", attributes.subnet_ids.length * hoursPerMonth), charge("endpointTraffic", traffic)];
};

const nat: PricingRule = (_, usage) => [
  charge("natHours", hoursPerMonth),
  charge("natTraffic", usage.assume("natIdleGb") + usage.databaseTrafficGb),
];

/** Bytes that a log group ingests in a month, by the prefix of its name. */
const ingestionRules: readonly (readonly [string, (usage: Usage, name: string) => number])[] = [
  [
    "/aws/lambda/",
    (usage, name) => {
      const role = findServingFunction(name);
      return role ? usage.countCalls(role) * usage.assume("functionLogBytes") : 0;
    },
  ],
  ["/aws/apigateway/welcome", () => 0],
  ["/aws/apigateway/", (usage) => usage.apiRequests * usage.assume("accessLogBytes")],
  ["/aws/vendedlogs/cloudfront/", (usage) => usage.requests * usage.assume("accessLogBytes")],
  ["/aws/vpc/", (usage) => usage.assume("flowLogIdleGb") * 1e9 + usage.apiRequests * usage.assume("flowLogBytes")],
  ["/aws/elasticache/", () => 0],
  // A few lines per release.
  [`/${namePrefix}-`, () => 0],
  ["aws-waf-logs-", (usage) => usage.requests * usage.assume("blockedShare") * usage.assume("wafLogBytes")],
];

function computeIngestedGb(name: string, usage: Usage): number {
  const [, rule] = ingestionRules.find(([prefix]) => name.startsWith(prefix)) ?? [];
  if (rule) return toGb(rule(usage, name));
  throw new OperatorError("log-group-usage-unknown", {
    what: `The estimate has no rule for the log group ${name}.`,
    why: "The number of bytes that it ingests is unknown.",
    action: "Add it to scripts/cost/priced-network.ts.",
  });
}

const logGroup: PricingRule = ({ attributes: { name, provider, retention_in_days } }, usage) => {
  const gigabytes = computeIngestedGb(name, usage);
  const months = (retention_in_days * 24) / hoursPerMonth;
  return [
    charge(provider === "aws.us-east-1" ? "logIngestionUsEast1" : "logIngestion", gigabytes),
    charge("logStorage", gigabytes * usage.assume("logCompression") * months),
  ];
};

/** Scans every byte that the log group ingests. */
const dataProtection: PricingRule = ({ attributes, siblings }, usage) => {
  const [, group] = Object.entries(siblings("aws_cloudwatch_log_group")).find(
    ([id]) => attributes.log_group_name === `\${aws_cloudwatch_log_group.${id}.name}`,
  )!;
  return [charge("logDataProtection", computeIngestedGb(group.name, usage))];
};

/** By the number of metrics. */
const alarm: PricingRule = ({ attributes: { metric_query } }) => [
  charge("alarmMetric", metric_query?.filter(({ metric }: { metric?: object }) => metric).length ?? 1),
];

/** The network, logs and monitoring. */
export const pricedNetwork: Readonly<Record<string, PricingRule>> = {
  // Application Auto Scaling creates two alarms.
  aws_appautoscaling_policy: () => [charge("alarmMetric", 2)],
  aws_cloudwatch_composite_alarm: () => [charge("compositeAlarm", 1)],
  aws_cloudwatch_contributor_insight_rule: () => [charge("insightRule", 1)],
  aws_cloudwatch_dashboard: () => [charge("dashboard", 1)],
  aws_cloudwatch_log_data_protection_policy: dataProtection,
  aws_cloudwatch_log_group: logGroup,
  // A filter publishes a custom metric.
  aws_cloudwatch_log_metric_filter: () => [charge("metric", 1)],
  aws_cloudwatch_metric_alarm: alarm,
  aws_eip: () => [charge("address", hoursPerMonth)],
  aws_nat_gateway: nat,
  aws_vpc_endpoint: endpoint,
};
