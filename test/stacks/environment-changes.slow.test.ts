import { expect } from "chai";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { type Stacks, synthesize } from "../support/synthesize.ts";
import { type Change, changedResources } from "./changed-resources.ts";
import { add, changeFirst, first, removeAll } from "./rules/resources.ts";
import { stores } from "./rules/stores.ts";

/** What may happen when a value changes. */
interface Effect {
  /** Resource types, or beginnings of types, that the value is about. Each of them changes, and no other does. */
  readonly about: readonly string[];
  /** Types of those resources with data that Terraform destroys. @default none */
  readonly destroys?: readonly string[];
}

const atlasBackups = ["mongodbatlas_cloud_backup_schedule"];
/** Alarms are at a share of a rate. */
const rates = ["aws_api_gateway_method_settings", "aws_api_gateway_usage_plan", "aws_cloudwatch_metric_alarm"];
const concurrency = ["aws_cloudwatch_metric_alarm", "aws_lambda_function"];

/** For each value of the environment configuration, by its path: another value, and its effect. */
const values: Readonly<Record<string, Effect & { readonly to: unknown }>> = {
  accountId: {
    to: "999999999999",
    about: [
      "aws_budgets_budget",
      "aws_cloudwatch_dashboard",
      "aws_cloudwatch_log_resource_policy",
      "aws_iam_policy",
      "aws_iam_role",
      "aws_kms_key",
      // The URL of the queue of mails.
      "aws_lambda_function",
      "aws_s3_bucket",
      "aws_sns_topic_policy",
      "aws_vpc_endpoint",
      "mongodbatlas_database_user",
      "provider",
    ],
  },
  apiDomain: {
    to: "api-trial.ecobeat.app",
    about: [
      "aws_acm_certificate",
      "aws_api_gateway_domain_name",
      "aws_cloudwatch_metric_alarm",
      "aws_iam_policy",
      "aws_iam_role_policy",
      "aws_lambda_function",
      "aws_route53",
      "aws_sesv2_email_identity",
    ],
  },
  corsOrigins: { to: ["https://trial.ecobeat.app"], about: ["aws_lambda_function"] },
  minimumAppVersion: { to: "1.4.0", about: ["aws_lambda_function"] },
  app: { to: undefined, about: ["aws_lambda_function"] },
  "app.appleAppIds": { to: ["A1B2C3D4E5.app.ecobeat"], about: ["aws_lambda_function"] },
  "app.androidCertificates": { to: [], about: ["aws_lambda_function"] },
  "network.cidr": { to: "10.30.0.0/16", about: ["aws_subnet", "aws_vpc"] },
  "network.availabilityZones": {
    to: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    about: [
      "aws_elasticache_subnet_group",
      "aws_lambda_function",
      "aws_route_table_association",
      "aws_subnet",
      "aws_vpc_endpoint",
      "output",
    ],
  },
  "network.nat.fromPort": { to: 27_016, about: ["aws_vpc_security_group_egress_rule"] },
  "network.nat.toPort": { to: 27_018, about: ["aws_vpc_security_group_egress_rule"] },
  "cache.nodeType": {
    to: "cache.t3.small",
    about: ["aws_cloudwatch_metric_alarm", "aws_elasticache_replication_group"],
  },
  "cache.reservedMemoryPercent": { to: 25, about: ["aws_elasticache_parameter_group"] },
  "cache.nodes": { to: 2, about: ["aws_cloudwatch", "aws_elasticache_replication_group"] },
  "database.organizationId": { to: "111111111111111111111111", about: ["mongodbatlas_project"] },
  "database.instanceSize": { to: "M20", about: ["mongodbatlas_advanced_cluster"] },
  "database.nodes": { to: 5, about: ["mongodbatlas_advanced_cluster"] },
  "database.onlineArchive": {
    to: undefined,
    about: ["aws_iam_role", "data", "mongodbatlas_online_archive", "provider", "terraform"],
    destroys: ["mongodbatlas_online_archive"],
  },
  "database.onlineArchive.afterDays": { to: 400, about: ["mongodbatlas_online_archive"] },
  "database.onlineArchive.keepDays": { to: 1_000, about: ["mongodbatlas_online_archive"] },
  "database.backups.everyHours": { to: 2, about: atlasBackups },
  "database.backups.dailyDays": { to: 35, about: atlasBackups },
  "database.backups.pointInTimeDays": { to: 3, about: atlasBackups },
  "database.backups.copyRegion": { to: "eu-north-1", about: atlasBackups },
  "backup.everyHours": { to: 2, about: ["aws_cloudwatch_metric_alarm", "aws_scheduler_schedule"] },
  "backup.retentionDays": { to: 7, about: ["aws_s3_bucket_lifecycle", "aws_s3_bucket_object_lock"] },
  "backup.copyRegion": {
    to: undefined,
    about: ["aws_cloudwatch", "aws_iam", "aws_kms", "aws_s3_bucket", "provider"],
    destroys: ["aws_kms_key", "aws_s3_bucket"],
  },
  "functions.runtime": { to: "nodejs22.x", about: ["aws_lambda_function"] },
  "functions.memoryMb": { to: 1_024, about: ["aws_cloudwatch_metric_alarm", "aws_lambda_function"] },
  "functions.timeoutSeconds": { to: 25, about: ["aws_lambda_function"] },
  "functions.reservedConcurrency.auth": { to: 10, about: concurrency },
  "functions.reservedConcurrency.api": { to: 10, about: concurrency },
  "functions.deploymentConfiguration": {
    to: "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
    about: ["aws_codedeploy_deployment_group", "aws_iam_policy"],
  },
  "functions.provisionedConcurrency": {
    to: undefined,
    about: ["aws_appautoscaling", "aws_iam_policy", "aws_lambda_provisioned_concurrency_config"],
  },
  "functions.provisionedConcurrency.minimum": {
    to: 3,
    about: ["aws_appautoscaling_target", "aws_lambda_provisioned_concurrency_config"],
  },
  "functions.provisionedConcurrency.maximum": { to: 30, about: ["aws_appautoscaling_target"] },
  "functions.provisionedConcurrency.utilizationPercent": { to: 50, about: ["aws_appautoscaling_policy"] },
  "api.docsPage": { to: false, about: ["aws_api_gateway", "aws_lambda_function"] },
  "api.requestsPerSecond": { to: 60, about: rates },
  "api.burst": { to: 200, about: ["aws_api_gateway_method_settings", "aws_api_gateway_usage_plan"] },
  "api.requestsPerAddress": { to: 500, about: ["aws_wafv2_web_acl"] },
  "api.auth.requestsPerSecond": { to: 5, about: ["aws_api_gateway_method_settings", "aws_cloudwatch_metric_alarm"] },
  "api.auth.burst": { to: 10, about: ["aws_api_gateway_method_settings"] },
  "api.auth.requestsPerAddress": { to: 400, about: ["aws_wafv2_web_acl"] },
  cdn: { to: undefined, about: ["aws_", "data", "provider", "terraform"], destroys: ["aws_kms_key", "aws_s3_bucket"] },
  "cdn.priceClass": { to: "PriceClass_All", about: ["aws_cloudfront_distribution"] },
  "alerts.emails": {
    to: [...staging.alerts.emails, "trial@ecobeat.app"],
    about: ["aws_budgets_budget", "aws_sns_topic_subscription", "mongodbatlas_alert_configuration"],
  },
  // No alert of a Flex cluster is a page.
  "alerts.webhookUrl": { to: undefined, about: ["aws_sns_topic_subscription"] },
  "slo.availability": { to: 99.5, about: ["aws_cloudwatch"] },
  "slo.slow": { to: "800 ms", about: ["aws_cloudwatch"] },
  monthlyBudgetUsd: { to: 100, about: ["aws_budgets_budget"] },
  promotedTo: { to: undefined, about: ["aws_iam"] },
  logRetentionDays: { to: 7, about: ["aws_cloudwatch_log_group"] },
};

/**
 * Values with tests of their own: the name and the region in `environments.test.ts`, those of previews in `preview.test.ts`, and the
 * move to a replica set below.
 */
const testedApart = [
  ...["name", "region", "database.kind", "drillable", "localFoundation", "size"],
  ...["maximum", "days", "reservedConcurrency.auth", "reservedConcurrency.api"].map((path) => `previews.${path}`),
];

/** What changes beyond the effect, and what of the effect does not happen. */
function deviations(changes: readonly Change[], { about, destroys = [] }: Effect): string[] {
  const destroyed = getTypes(changes, "gone").filter((type) => stores.includes(type));
  return [
    ...changes
      .filter(({ type }) => !about.some((start) => type.startsWith(start)))
      .map(({ address, kind }) => `${address} is ${kind}`),
    ...about
      .filter((start) => !changes.some(({ type }) => type.startsWith(start)))
      .map((start) => `${start} does not change`),
    ...destroyed.filter((type) => !destroys.includes(type)).map((type) => `${type} is destroyed`),
    ...destroys.filter((type) => !destroyed.includes(type)).map((type) => `${type} is not destroyed`),
  ];
}

const getTypes = (changes: readonly Change[], kind: Change["kind"]): string[] =>
  [...new Set(changes.filter((change) => change.kind === kind).map(({ type }) => type))].sort();

/** The paths of all values, down to those that are no objects. */
const paths = (value: object, prefix = ""): string[] =>
  Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" && !Array.isArray(inner) ? paths(inner, `${prefix}${key}.`) : [`${prefix}${key}`],
  );

/** A copy with another value at a path; nothing when the environment has no value there. */
function withValue(environment: Environment, path: string, value: unknown): Environment | undefined {
  const copy = structuredClone(environment);
  const keys = path.split(".");
  const last = keys.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: walks by names that only the test knows
  const parent = keys.reduce((object: any, key) => object?.[key], copy);
  if (parent?.[last] === undefined) return undefined;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe("a change of one value of the environment configuration", () => {
  const before = new Map([staging, production].map((environment) => [environment.name, synthesize([environment])]));

  for (const [path, { to, ...effect }] of Object.entries(values)) {
    it(`${path} changes only ${effect.about.join(", ")}`, () => {
      const changed = withValue(staging, path, to) ?? withValue(production, path, to)!;
      const changes = changedResources(before.get(changed.name)!, synthesize([changed]));
      expect(deviations(changes, effect)).to.deep.equal([]);
    });
  }

  it("has an expected effect for each value", () => {
    const all = new Set([...paths(production), ...paths(staging)]);
    expect([...Object.keys(values), ...testedApart]).to.include.members([...all]);
  });

  for (const [way, spoil] of Object.entries<(stacks: Stacks) => void>({
    "another type that changes": changeFirst("aws_lambda_function", { timeout: 1 }),
    "another type that is new": add("service", "aws_sqs_queue", {}),
    "data that is destroyed": removeAll("staging-foundation", "aws_s3_bucket"),
    "a value without effect": (stacks) => Object.assign(stacks, before.get("staging")!),
  })) {
    it(`detects ${way}`, () => {
      const effect = { about: ["aws_budgets_budget", ...(way.startsWith("data") ? ["aws_s3_bucket"] : [])] };
      const after = structuredClone(before.get("staging")!);
      first(after, "aws_budgets_budget").limit_amount = "1";
      spoil(after);
      expect(deviations(changedResources(before.get("staging")!, after), effect)).to.have.length(1);
    });
  }

  describe("that moves staging from Flex to a replica set", () => {
    const moved = { ...staging, database: production.database };
    const after = synthesize([moved]);

    it("destroys the Flex cluster, and changes only alerts, the connection string and the deploy roles' trust of the rest", () => {
      const changes = changedResources(before.get("staging")!, after);
      expect(getTypes(changes, "gone")).to.deep.equal([
        "mongodbatlas_flex_cluster",
        "mongodbatlas_project_ip_access_list",
      ]);
      expect(getTypes(changes, "changed")).to.deep.equal([
        // That on cold starts, whose limit is the database's.
        "aws_cloudwatch_metric_alarm",
        "aws_iam_role",
        "aws_ssm_parameter",
        "mongodbatlas_alert_configuration",
        "output",
      ]);
      const network = ["aws_security_group", "aws_vpc_endpoint", "aws_vpc_security_group"];
      const archiveStack = ["data", "provider", "terraform"];
      expect(
        deviations(changes, {
          about: [
            "aws_cloudwatch_metric_alarm",
            "aws_iam_role",
            "aws_kms",
            "aws_ssm_parameter",
            ...network,
            "mongodbatlas_",
            "output",
            ...archiveStack,
          ],
          destroys: ["mongodbatlas_flex_cluster"],
        }),
      ).to.deep.equal([]);
    });

    it("makes the NAT unnecessary, whose removal destroys only its fixed address", () => {
      const { nat: _, ...network } = staging.network;
      expect(
        deviations(changedResources(after, synthesize([{ ...moved, network }])), {
          about: [
            "aws_eip",
            "aws_iam_policy",
            "aws_internet_gateway",
            "aws_nat_gateway",
            "aws_route",
            "aws_subnet",
            "aws_vpc_security_group_egress_rule",
            "output",
          ],
          destroys: ["aws_eip"],
        }),
      ).to.deep.equal([]);
    });
  });
});
