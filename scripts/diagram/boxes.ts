import { namePrefix } from "../../service/company.ts";
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

type Appearance = readonly [lane: Lane, title: string, detail: string];

const toShortName = (name: string): string => name.replace(new RegExp(`^${namePrefix}-[a-z0-9]+-`), "");
const getServiceName = (serviceName: string): string => serviceName.split(".").at(-1)!;

/** The box of a resource by its type; undefined if another box includes it. The order is from top to bottom. */
const appearances: Readonly<Record<string, (resource: Resource) => Appearance | undefined>> = {
  aws_api_gateway_api_key: () => ["clients", "Mobile app", "with its API key"],
  aws_route53_zone: () => ["edge", "Route 53", "zone of the API"],
  aws_wafv2_web_acl: ({ attributes: { scope } }) =>
    scope === "CLOUDFRONT"
      ? ["edge", "WAF of the CDN", "limits by IP address"]
      : ["API", "WAF of the API", "rules and limits"],
  aws_cloudfront_distribution: () => ["edge", "CloudFront", "TLS, public responses"],
  aws_api_gateway_rest_api: () => ["API", "API Gateway", "REST, key, quotas"],
  aws_scheduler_schedule: ({ attributes }) => ["API", "Schedule", toShortName(attributes.name)],
  aws_sqs_queue: ({ attributes }) =>
    attributes.redrive_policy ? ["API", "SQS", "mails"] : ["API", "SQS", "failed invocations"],
  aws_lambda_function: ({ attributes: { function_name, memory_size } }) => [
    "functions",
    toShortName(function_name),
    `Lambda, ${memory_size} MB`,
  ],
  // The cache's group controls access to it; the others belong to endpoints and functions.
  aws_security_group: ({ attributes }) =>
    attributes.name_prefix?.endsWith("-cache-") ? ["network", "Security group", "of the cache"] : undefined,
  aws_sesv2_email_identity: () => ["edge", "SES", "mails, DKIM"],
  aws_nat_gateway: () => ["network", "NAT gateway", "one fixed IP address"],
  aws_vpc_endpoint: ({ attributes }) =>
    attributes.service_name.startsWith("$")
      ? ["network", "PrivateLink", "to Atlas"]
      : ["network", "VPC endpoint", getServiceName(attributes.service_name).toUpperCase()],
  aws_elasticache_replication_group: ({ attributes: { num_cache_clusters, node_type } }) => [
    "data",
    "ElastiCache",
    `${num_cache_clusters} × ${node_type}`,
  ],
  mongodbatlas_flex_cluster: () => ["data", "MongoDB Atlas", "Flex"],
  mongodbatlas_advanced_cluster: ({ attributes }) => {
    const { instance_size, node_count } = attributes.replication_specs[0].region_configs[0].electable_specs;
    return ["data", "MongoDB Atlas", `${node_count} × ${instance_size}`];
  },
  aws_cloudwatch_metric_alarm: () => ["operations", "Alarms", "CloudWatch"],
  aws_sns_topic: () => ["operations", "SNS", "alerts"],
  aws_sns_topic_subscription: () => ["operations", "On-call", "is notified"],
  aws_kms_key: ({ attributes }) =>
    attributes.key_usage === "SIGN_VERIFY"
      ? ["data", "KMS key", "signs access tokens"]
      : ["operations", "KMS keys", "encryption"],
  aws_ssm_parameter: () => ["data", "Parameter Store", "configuration"],
  aws_s3_bucket: ({ id, attributes }) => {
    if (id.startsWith("assets")) return ["edge", "S3", "static assets"];
    return ["data", "Backup bucket", attributes.provider ? "replica, other region" : "S3 Object Lock"];
  },
  mongodbatlas_online_archive: () => ["data", "Online archive", "old activities"],
  aws_codedeploy_app: () => ["operations", "CodeDeploy", "shifts traffic"],
  aws_cloudwatch_log_group: () => ["operations", "Logs", "masked"],
  aws_cloudwatch_dashboard: () => ["operations", "Dashboard", "CloudWatch"],
  aws_budgets_budget: () => ["operations", "Budget", "monthly"],
};

/** The boxes of an environment, each lane from top to bottom. Types without an appearance have none. */
export function toBoxes(resources: readonly Resource[]): Box[] {
  const types = Object.keys(appearances);
  const boxes = new Map<string, Box>();
  for (const resource of resources.toSorted((a, b) => types.indexOf(a.type) - types.indexOf(b.type))) {
    const appearance = appearances[resource.type]?.(resource);
    if (!appearance) continue;
    const [lane, title, detail] = appearance;
    const name = appearance.join("/");
    boxes.set(name, { lane, title, detail, resources: [...(boxes.get(name)?.resources ?? []), resource] });
  }
  return [...boxes.values()];
}
