import { backupMetrics } from "../../../scripts/backup/contract.ts";
import { smokeTestMetrics } from "../../../scripts/release/smoke-test/contract.ts";
import {
  metricNamespace,
  securityEventMetric,
  serviceMetrics,
  tlsConnectionMetric,
} from "../../../service/contract.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, referenced, resources } from "./resources.ts";

/** A metric of an alarm or a dashboard. */
export interface NamedMetric {
  readonly stack: StackJson;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
}

/** The region of a resource's provider. */
export function getRegion({ stack, attributes }: Pick<Resource, "stack" | "attributes">): string {
  const alias = /^aws\.(.+)$/.exec(attributes.provider ?? "")?.[1];
  return stack.provider.aws!.find((provider) => provider.alias === alias)!.region;
}

/** All metrics that an alarm evaluates. */
export function getAlarmMetrics(alarm: Resource): NamedMetric[] {
  const { stack, attributes } = alarm;
  const measured: Attributes[] = attributes.metric_query
    ? attributes.metric_query.flatMap(({ metric }: Attributes) => metric ?? [])
    : [attributes];
  return measured.map(({ namespace, metric_name, dimensions, stat, statistic, extended_statistic }) => ({
    stack,
    region: getRegion(alarm),
    namespace,
    name: metric_name,
    dimensions: dimensions ?? {},
    statistic: stat ?? statistic ?? extended_statistic,
  }));
}

/** Metrics in one namespace. */
interface Published {
  /** The ones that the stacks use. */
  readonly names: readonly string[];
  /** Type of the resources for which AWS publishes them. */
  readonly type: string;
  /** The sets of dimensions with which AWS publishes a metric. */
  readonly dimensions: (resource: Resource, stacks: Stacks, metric: string) => readonly Attributes[];
  /** @default the resource's own region */
  readonly region?: string;
}

/** Events of mails that a destination counts: https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html */
const mailEvents = ["Bounce", "Complaint", "DeliveryDelay", "Reject"];

const published: Readonly<Record<string, Published | readonly Published[]>> = {
  "AWS/Lambda": [
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    {
      names: ["Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions", "AsyncEventsReceived"],
      type: "aws_lambda_alias",
      dimensions: ({ stack, attributes }, stacks, metric) => {
        const name = referenced(stacks, stack, attributes.function_name)?.attributes.function_name;
        const functionDimensions = { FunctionName: name };
        return [
          ["ConcurrentExecutions", "AsyncEventsReceived"].includes(metric)
            ? functionDimensions
            : { ...functionDimensions, Resource: `${name}:${attributes.name}` },
        ];
      },
    },
    // https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
    {
      names: ["UrlRequestCount", "Url4xxCount", "Url5xxCount"],
      type: "aws_lambda_function_url",
      dimensions: ({ stack, attributes }, stacks) => [
        { FunctionName: referenced(stacks, stack, attributes.function_name)?.attributes.function_name },
      ],
    },
  ],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
  "AWS/ApiGateway": {
    names: ["Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"],
    type: "aws_api_gateway_stage",
    dimensions: ({ stack, attributes }, stacks) => {
      const api = referenced(stacks, stack, attributes.rest_api_id)?.attributes;
      return [{ ApiName: api?.name, Stage: attributes.stage_name }];
    },
  },
  // https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
  "AWS/Usage": {
    names: ["CallCount"],
    type: "aws_kms_key",
    dimensions: ({ attributes }) =>
      attributes.customer_master_key_spec?.startsWith("RSA_")
        ? [{ Service: "KMS", Type: "API", Resource: "CryptographicOperationsRsa", Class: "None" }]
        : [],
  },
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html, and CacheMetrics.HostLevel.html
  "AWS/ElastiCache": {
    names: [
      "AuthenticationFailures",
      "CacheHits",
      "CacheMisses",
      "CPUCreditBalance",
      "CPUUtilization",
      "CurrConnections",
      "DatabaseMemoryUsagePercentage",
      "EngineCPUUtilization",
      "Evictions",
      "IamAuthenticationThrottling",
      "IsMaster",
    ],
    type: "aws_elasticache_replication_group",
    dimensions: ({ attributes }) =>
      Array.from({ length: attributes.num_cache_clusters }, (_, index) => ({
        CacheClusterId: `${attributes.replication_group_id}-00${index + 1}`,
      })),
  },
  // https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
  "AWS/WAFV2": {
    names: ["AllowedRequests", "BlockedRequests"],
    type: "aws_wafv2_web_acl",
    dimensions: (acl) => {
      const { scope, visibility_config } = acl.attributes;
      const own = { WebACL: visibility_config.metric_name, Rule: "ALL" };
      return [scope === "REGIONAL" ? { ...own, Region: getRegion(acl) } : own];
    },
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  "AWS/SQS": {
    names: ["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"],
    type: "aws_sqs_queue",
    dimensions: ({ attributes }) => [{ QueueName: attributes.name }],
  },
  // https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-cloudwatch.html, and reputationdashboard-cloudwatch-alarm.html
  "AWS/SES": {
    names: [...mailEvents, "Delivery", "Send", "Reputation.BounceRate", "Reputation.ComplaintRate"],
    type: "aws_sesv2_configuration_set_event_destination",
    // Those of the account have no dimension. A destination publishes the events that it names with its own.
    dimensions: ({ attributes: { event_destination } }, _, metric) => {
      const { matching_event_types: types, cloud_watch_destination } = event_destination;
      const [{ dimension_name: name, default_dimension_value: value }] =
        cloud_watch_destination.dimension_configuration;
      const type = metric.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
      return mailEvents.includes(metric) ? (types.includes(type) ? [{ [name]: value }] : []) : [{}];
    },
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
  "AWS/S3": {
    names: ["OperationsFailedReplication"],
    type: "aws_s3_bucket_replication_configuration",
    dimensions: ({ attributes }) =>
      attributes.rule
        .filter(({ destination }: Attributes) => destination.metrics?.status === "Enabled")
        .map(({ id, destination }: Attributes) => ({
          SourceBucket: attributes.bucket,
          DestinationBucket: destination.bucket.replace(/\.arn\}$/, ".id}"),
          RuleId: id,
        })),
  },
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
  "AWS/Scheduler": {
    names: ["InvocationDroppedCount"],
    type: "aws_scheduler_schedule_group",
    dimensions: ({ id }) => [{ ScheduleGroup: `\${aws_scheduler_schedule_group.${id}.name}` }],
  },
  // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
  "AWS/CertificateManager": {
    names: ["DaysToExpiry"],
    type: "aws_acm_certificate",
    dimensions: ({ id }) => [{ CertificateArn: `\${aws_acm_certificate.${id}.arn}` }],
  },
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
  "AWS/CloudFront": {
    names: ["Requests", "4xxErrorRate", "5xxErrorRate"],
    type: "aws_cloudfront_distribution",
    dimensions: ({ id }) => [{ DistributionId: `\${aws_cloudfront_distribution.${id}.id}`, Region: "Global" }],
    region: "us-east-1",
  },
};

const isSame = (given: Attributes, expected: Attributes): boolean =>
  JSON.stringify(Object.entries(given).sort()) === JSON.stringify(Object.entries(expected).sort());

/** Resources of a type, of all stacks of the environment that a stack belongs to. */
const inEnvironment = (stacks: Stacks, from: StackJson, type: string): Resource[] =>
  resources(stacks, type).filter(({ stack }) => getStackEnvironment(stack) === getStackEnvironment(from));

/** Whether the service, AWS for a resource of the environment, or a metric filter of its logs publishes a metric. */
export function isMeasured(stacks: Stacks, metric: NamedMetric): boolean {
  if (metric.namespace === metricNamespace) {
    return (
      metric.name in serviceMetrics ||
      metric.name in backupMetrics ||
      metric.name in smokeTestMetrics ||
      [securityEventMetric.name, tlsConnectionMetric].includes(metric.name)
    );
  }
  const byAws = published[metric.namespace];
  if (!byAws) return isFiltered(stacks, metric);
  return [byAws]
    .flat()
    .some(
      (aws) =>
        aws.names.includes(metric.name) &&
        inEnvironment(stacks, metric.stack, aws.type).some(
          (resource) =>
            (aws.region ?? getRegion(resource)) === metric.region &&
            aws.dimensions(resource, stacks, metric.name).some((expected) => isSame(metric.dimensions, expected)),
        ),
    );
}

const isFiltered = (stacks: Stacks, { stack, namespace, name, dimensions }: NamedMetric): boolean =>
  Object.keys(dimensions).length === 0 &&
  inEnvironment(stacks, stack, "aws_cloudwatch_log_metric_filter").some(
    ({ attributes: { metric_transformation } }) =>
      metric_transformation.namespace === namespace && metric_transformation.name === name,
  );
