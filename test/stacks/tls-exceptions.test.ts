import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { tlsFloor } from "../../service/platform/tls.ts";
import type { Attributes, StackJson, Stacks } from "../support/synthesize.ts";
import { first, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "tls.md"), "utf8");

/** The minimum of a function's connections, which `test/bundle/tls.slow.test.ts` tests. */
const connectionFloor = `minVersion: "${tlsFloor.minVersion}"`;

/** A connection that accepts less than TLS 1.3, and its setting: `from → to: setting`. */
type Exception = string;

/** The exceptions of each resource. A type that is not listed has no connections. */
const exceptionsByType: Readonly<Record<string, (attributes: Attributes, stack: StackJson) => readonly Exception[]>> = {
  aws_api_gateway_domain_name: ({ security_policy }) =>
    security_policy.includes("TLS13_1_3") ? [] : [`CloudFront → API Gateway: ${security_policy}`],
  aws_api_gateway_rest_api: ({ security_policy }) =>
    security_policy.includes("TLS13_1_3") ? [] : [`CloudFront → API Gateway: ${security_policy}`],
  aws_cloudfront_distribution: ({ viewer_certificate: { minimum_protocol_version: version } }) =>
    version.startsWith("TLSv1.3") ? [] : [`viewers → CloudFront: ${version}`],
  aws_elasticache_replication_group: () => [`functions → ElastiCache: ${connectionFloor}`],
  aws_s3_bucket: (_, { resource }) => [
    resource.aws_cloudfront_distribution
      ? "CloudFront → static files in S3: aws:SecureTransport"
      : "clients → backups in S3: aws:SecureTransport",
  ],
  aws_lambda_function_url: () => ["operators → the URL of the support function: authorization_type"],
  aws_s3_bucket_replication_configuration: () => ["S3 → copies of backups in S3: aws:SecureTransport"],
  aws_sqs_queue: () => ["EventBridge Scheduler and Lambda → dead-letter queues in SQS: aws:SecureTransport"],
  aws_sesv2_email_identity: () => [`the sender of mails → SES: ${connectionFloor}`],
  aws_sesv2_configuration_set: ({ delivery_options: { tls_policy } }) => [`SES → mail servers: ${tls_policy}`],
  aws_sns_topic: () => ["CloudWatch → SNS: aws:SecureTransport"],
  aws_sns_topic_subscription: () => ["SNS → recipients of alerts: protocol"],
  aws_vpc_endpoint: ({ service_name, vpc_endpoint_type }) =>
    vpc_endpoint_type === "Gateway" || service_name.startsWith("${mongodbatlas_")
      ? []
      : [`functions → KMS, SSM and SQS: ${connectionFloor}`],
  mongodbatlas_advanced_cluster: ({ advanced_configuration: { minimum_enabled_tls_protocol: version } }) =>
    version === "TLS1_3" ? [] : [`functions → MongoDB Atlas: ${version}`],
  mongodbatlas_flex_cluster: () => [`functions → MongoDB Atlas Flex: ${connectionFloor}`],
};

const exceptions = (stacks: Stacks): Exception[] => [
  ...new Set(
    resources(stacks).flatMap(({ type, attributes, stack }) => exceptionsByType[type]?.(attributes, stack) ?? []),
  ),
];

/** The exceptions in the rows of the table. */
const documented = (text: string): Exception[] =>
  [...text.matchAll(/^\| ([^|]+) \| ([^|]+) \|.*\| `([^`]+)` \|$/gm)].map(
    ([, from, to, setting]) => `${from} → ${to}: ${setting}`,
  );

describe("exceptions to TLS 1.3", () => {
  it("are the rows of the docs, with their settings", () => {
    expect(documented(page)).to.have.members(exceptions(allStacks()));
  });

  it("are detected if the docs do not list them", () => {
    const stacks = allStacks();
    first(stacks, "aws_cloudfront_distribution").viewer_certificate.minimum_protocol_version = "TLSv1.2_2021";
    expect(documented(page)).to.not.have.members(exceptions(stacks));
  });
});
