import type { Resource } from "../terraform/resources.ts";

/** The columns of the diagram, and the row below them. */
export const lanes = ["clients", "edge", "API", "functions", "network", "data", "operations"] as const;
export type Lane = (typeof lanes)[number];

/** The box of one resource, or of several with the same text. */
export interface Box {
  readonly lane: Lane;
  readonly title: string;
  readonly detail: string;
  readonly resources: readonly Resource[];
}

type Appearance = Omit<Box, "resources">;

const toShortName = (name: string): string => name.replace(/^ecobeat-(staging|production)-/, "");
const getServiceName = (serviceName: string): string => serviceName.split(".").at(-1)!;

/** The box of a resource by its type; undefined if another box includes it. The order is from top to bottom. */
const appearances: Readonly<Record<string, (resource: Resource) => Appearance | undefined>> = {
  aws_api_gateway_api_key: () => ({ lane: "clients", title: "Mobile app", detail: "with its API key" }),
  aws_route53_zone: () => ({ lane: "edge", title: "Route 53", detail: "zone of the API" }),
  aws_wafv2_web_acl: ({ attributes: { scope } }) =>
    scope === "CLOUDFRONT"
      ? { lane: "edge", title: "WAF of the CDN", detail: "limits by IP address" }
      : { lane: "API", title: "WAF of the API", detail: "rules and limits" },
  aws_cloudfront_distribution: () => ({ lane: "edge", title: "CloudFront", detail: "TLS, public responses" }),
  aws_api_gateway_rest_api: () => ({ lane: "API", title: "API Gateway", detail: "REST, key, quotas" }),
  aws_scheduler_schedule: ({ attributes }) => ({
    lane: "API",
    title: "Schedule",
    detail: toShortName(attributes.name),
  }),
  aws_sqs_queue: () => ({ lane: "API", title: "SQS", detail: "failed invocations" }),
  aws_lambda_function: ({ attributes }) => ({
    lane: "functions",
    title: toShortName(attributes.function_name),
    detail: `Lambda, ${attributes.memory_size} MB`,
  }),
  // The cache's group controls access to it; the others belong to endpoints and functions.
  aws_security_group: ({ attributes }) =>
    attributes.name_prefix?.endsWith("-cache-")
      ? { lane: "network", title: "Security group", detail: "of the cache" }
      : undefined,
  aws_nat_gateway: () => ({ lane: "network", title: "NAT gateway", detail: "one fixed IP address" }),
  aws_vpc_endpoint: ({ attributes }) =>
    attributes.service_name.startsWith("$")
      ? { lane: "network", title: "PrivateLink", detail: "to Atlas" }
      : { lane: "network", title: "VPC endpoint", detail: getServiceName(attributes.service_name).toUpperCase() },
  aws_elasticache_replication_group: ({ attributes }) => ({
    lane: "data",
    title: "ElastiCache",
    detail: `${attributes.num_cache_clusters} × ${attributes.node_type}`,
  }),
  mongodbatlas_flex_cluster: () => ({ lane: "data", title: "MongoDB Atlas", detail: "Flex" }),
  mongodbatlas_advanced_cluster: ({ attributes }) => {
    const { instance_size, node_count } = attributes.replication_specs[0].region_configs[0].electable_specs;
    return { lane: "data", title: "MongoDB Atlas", detail: `${node_count} × ${instance_size}` };
  },
  mongodbatlas_online_archive: () => ({ lane: "data", title: "Online archive", detail: "old activities" }),
  aws_kms_key: ({ attributes }) =>
    attributes.key_usage === "SIGN_VERIFY"
      ? { lane: "data", title: "KMS key", detail: "signs access tokens" }
      : { lane: "operations", title: "KMS keys", detail: "encryption" },
  aws_ssm_parameter: () => ({ lane: "data", title: "Parameter Store", detail: "configuration" }),
  aws_s3_bucket: ({ id, attributes }) => {
    if (id.startsWith("assets")) return { lane: "edge", title: "S3", detail: "static assets" };
    return {
      lane: "data",
      title: "Backup bucket",
      detail: attributes.provider ? "replica, other region" : "S3 Object Lock",
    };
  },
  aws_codedeploy_app: () => ({ lane: "operations", title: "CodeDeploy", detail: "shifts traffic" }),
  aws_cloudwatch_log_group: () => ({ lane: "operations", title: "Logs", detail: "masked" }),
  aws_cloudwatch_dashboard: () => ({ lane: "operations", title: "Dashboard", detail: "CloudWatch" }),
  aws_budgets_budget: () => ({ lane: "operations", title: "Budget", detail: "monthly" }),
  aws_cloudwatch_metric_alarm: () => ({ lane: "operations", title: "Alarms", detail: "CloudWatch" }),
  aws_sns_topic: () => ({ lane: "operations", title: "SNS", detail: "alerts" }),
  aws_sns_topic_subscription: () => ({ lane: "operations", title: "On-call", detail: "is notified" }),
};

/** The boxes of an environment, each lane from top to bottom. Types without an appearance have none. */
export function toBoxes(resources: readonly Resource[]): Box[] {
  const types = Object.keys(appearances);
  const boxes = new Map<string, Box>();
  for (const resource of resources.toSorted((a, b) => types.indexOf(a.type) - types.indexOf(b.type))) {
    const look = appearances[resource.type]?.(resource);
    if (!look) continue;
    const name = `${look.lane}/${look.title}/${look.detail}`;
    boxes.set(name, { ...look, resources: [...(boxes.get(name)?.resources ?? []), resource] });
  }
  return [...boxes.values()];
}
