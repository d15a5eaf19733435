import { expect } from "chai";
import { environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { type Change, changedResources } from "./changed-resources.ts";
import { fromFlexToReplicaSet } from "./from-flex-to-replica-set.ts";
import { identity, paths, triedOnStaging, withValue } from "./table-values.ts";

const { staging, production } = environments;

/** For each value of the table but an environment's identity, by its path: another value, and all that changes with it. */
const changes: Readonly<Record<string, Change>> = {
  apiDomain: {
    to: "api-trial.ecobeat.app",
    changes: [
      "~ aws_acm_certificate: domain_certificate",
      "~ aws_api_gateway_domain_name: domain",
      "~ aws_cloudwatch_metric_alarm: domain_certificate_alarm",
      "~ aws_iam_policy: deploy-roles_policy-apply-api, deploy-roles_policy-apply-edge, deploy-roles_policy-plan-api",
      "~ aws_lambda_function: api_function, auth_function, migration_function",
      "~ aws_route53_record: domain_record",
      "~ aws_route53_zone: zone",
    ],
  },
  corsOrigins: {
    to: ["https://trial.ecobeat.app"],
    changes: ["~ aws_lambda_function: api_function, auth_function, migration_function"],
  },
  minimumAppVersion: {
    to: "1.4.0",
    changes: ["~ aws_lambda_function: api_function, auth_function, migration_function"],
  },
  "network.cidr": {
    to: "10.30.0.0/16",
    changes: [
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc: network_vpc",
    ],
  },
  "network.availabilityZones": {
    to: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    changes: [
      "+ aws_route_table_association: network_private-2-routes",
      "+ aws_subnet: network_private-2",
      "~ aws_elasticache_subnet_group: cache_subnets",
      "~ aws_lambda_function: api_function, auth_function, dump-verification_function, dump_function, migration_function",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_ssm",
    ],
  },
  "network.nat": {
    to: undefined,
    along: ["database", production.database],
    changes: [
      "~ aws_iam_policy: deploy-roles_policy-apply-network, deploy-roles_policy-plan-network",
      ...fromFlexToReplicaSet,
      "- aws_eip: network_nat-exit_address",
      "- aws_internet_gateway: network_nat-exit_internet-gateway",
      "- aws_nat_gateway: network_nat-exit_gateway",
      "- aws_route: network_nat-exit_private-default-route, network_nat-exit_public-default-route",
      "- aws_route_table: network_nat-exit_public-routes",
      "- aws_route_table_association: network_nat-exit_public-association",
      "- aws_subnet: network_nat-exit_public",
      "- aws_vpc_security_group_egress_rule: traffic_functions-to-outside",
    ].sort(),
  },
  "network.nat.fromPort": {
    to: 27_016,
    changes: ["~ aws_vpc_security_group_egress_rule: traffic_functions-to-outside"],
  },
  "network.nat.toPort": {
    to: 27_018,
    changes: ["~ aws_vpc_security_group_egress_rule: traffic_functions-to-outside"],
  },
  "cache.nodeType": {
    to: "cache.t3.small",
    changes: ["~ aws_elasticache_replication_group: cache_replication-group"],
  },
  "cache.reservedMemoryPercent": {
    to: 25,
    changes: ["~ aws_elasticache_parameter_group: cache_parameters"],
  },
  "cache.nodes": {
    to: 2,
    changes: [
      "+ aws_cloudwatch_metric_alarm: cache-alarms_failover_alarm",
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_metric_alarm: cache-alarms_connections_alarm, cache-alarms_cpu-credits_alarm, cache-alarms_cpu_alarm, cache-alarms_evictions_alarm, cache-alarms_logins_alarm, cache-alarms_memory_alarm, cache-alarms_throttled-logins_alarm",
      "~ aws_elasticache_replication_group: cache_replication-group",
    ],
  },
  "database.kind": {
    to: "replica-set",
    along: ["database", production.database],
    changes: fromFlexToReplicaSet,
  },
  "alerts.emails": {
    to: ["trial@ecobeat.app"],
    changes: [
      "~ aws_budgets_budget: budget",
      "~ aws_sns_topic_subscription: alerts_subscription-0",
      "~ mongodbatlas_alert_configuration: alerts_connections, alerts_disk",
    ],
  },
  "alerts.webhookUrl": {
    to: undefined,
    changes: [
      "- aws_sns_topic_subscription: alerts_subscription-1",
      "~ mongodbatlas_alert_configuration: alerts_connections, alerts_disk",
    ],
  },
  "database.organizationId": {
    to: "111111111111111111111111",
    changes: ["~ mongodbatlas_project: project"],
  },
  "backup.everyHours": {
    to: 2,
    changes: ["~ aws_cloudwatch_metric_alarm: dump_late_alarm", "~ aws_scheduler_schedule: dump_schedule"],
  },
  "backup.retentionDays": {
    to: 7,
    changes: [
      "~ aws_s3_bucket_lifecycle_configuration: backups_lifecycle",
      "~ aws_s3_bucket_object_lock_configuration: backups_lock",
    ],
  },
  "backup.copyRegion": {
    to: "eu-central-1",
    changes: [
      "+ aws_cloudwatch_metric_alarm: backup-copy_failed_alarm",
      "+ aws_iam_role: backup-copy_role",
      "+ aws_iam_role_policy: backup-copy_policy",
      "+ aws_kms_alias: backup-copy_vault_key_alias",
      "+ aws_kms_key: backup-copy_vault_key",
      "+ aws_s3_bucket: backup-copy_vault_bucket",
      "+ aws_s3_bucket_lifecycle_configuration: backup-copy_vault_lifecycle",
      "+ aws_s3_bucket_object_lock_configuration: backup-copy_vault_lock",
      "+ aws_s3_bucket_policy: backup-copy_vault_policy",
      "+ aws_s3_bucket_public_access_block: backup-copy_vault_public-access",
      "+ aws_s3_bucket_replication_configuration: backup-copy_replication",
      "+ aws_s3_bucket_server_side_encryption_configuration: backup-copy_vault_encryption",
      "+ aws_s3_bucket_versioning: backup-copy_vault_versioning",
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_iam_policy: deploy-roles_policy-apply-storage, deploy-roles_policy-limits",
      "~ provider: foundation",
    ],
  },
  "functions.runtime": {
    to: "nodejs26.x",
    changes: [
      "~ aws_lambda_function: api_function, auth_function, dump-verification_function, dump_function, migration_function, pre-traffic_function",
    ],
  },
  "functions.memoryMb": {
    to: 1024,
    changes: [
      "~ aws_cloudwatch_metric_alarm: observability_api-alarms_memory_alarm, observability_auth-alarms_memory_alarm",
      "~ aws_lambda_function: api_function, auth_function",
    ],
  },
  "functions.timeoutSeconds": { to: 20, changes: ["~ aws_lambda_function: api_function, auth_function"] },
  "functions.deploymentConfiguration": {
    to: "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
    changes: [
      "~ aws_codedeploy_deployment_group: code-deploy_api, code-deploy_auth",
      "~ aws_iam_policy: workflow-roles_policy-release",
    ],
  },
  "functions.reservedConcurrency.auth": {
    to: 10,
    changes: [
      "~ aws_cloudwatch_metric_alarm: auth-usage_concurrency_alarm",
      "~ aws_lambda_function: auth_function",
    ],
  },
  "functions.reservedConcurrency.api": {
    to: 10,
    changes: [
      "~ aws_cloudwatch_metric_alarm: api-usage_concurrency_alarm",
      "~ aws_lambda_function: api_function",
    ],
  },
  "functions.provisionedConcurrency": {
    to: { minimum: 1, maximum: 5, utilizationPercent: 70 },
    changes: [
      "+ aws_appautoscaling_policy: auth-ready_policy",
      "+ aws_appautoscaling_target: auth-ready_target",
      "+ aws_lambda_provisioned_concurrency_config: auth-ready",
      "~ aws_iam_policy: deploy-roles_policy-apply-functions, deploy-roles_policy-apply-schedule, deploy-roles_policy-plan-functions, deploy-roles_policy-plan-schedule",
    ],
  },
  "api.docsPage": {
    to: false,
    changes: [
      "- aws_api_gateway_integration: rest-api_routes_ANYdocsintegration",
      "- aws_api_gateway_method: rest-api_routes_ANYdocs",
      "- aws_api_gateway_resource: rest-api_routes_docs",
      "~ aws_api_gateway_deployment: rest-api_deployment",
      "~ aws_lambda_function: api_function, auth_function, migration_function",
    ],
  },
  "api.requestsPerSecond": {
    to: 60,
    changes: [
      "~ aws_api_gateway_method_settings: rest-api_settings",
      "~ aws_api_gateway_usage_plan: app-key_plan",
    ],
  },
  "api.burst": {
    to: 200,
    changes: [
      "~ aws_api_gateway_method_settings: rest-api_settings",
      "~ aws_api_gateway_usage_plan: app-key_plan",
    ],
  },
  "api.requestsPerAddress": { to: 500, changes: ["~ aws_wafv2_web_acl: web-acl"] },
  "api.auth.requestsPerSecond": {
    to: 5,
    changes: ["~ aws_api_gateway_method_settings: rest-api_settings-v1authproxy"],
  },
  "api.auth.burst": { to: 10, changes: ["~ aws_api_gateway_method_settings: rest-api_settings-v1authproxy"] },
  "api.auth.requestsPerAddress": { to: 10, changes: ["~ aws_wafv2_web_acl: web-acl"] },
  monthlyBudgetUsd: { to: 100, changes: ["~ aws_budgets_budget: budget"] },
  promotedTo: {
    to: undefined,
    changes: [
      "- aws_iam_policy: workflow-roles_policy-release-reader",
      "- aws_iam_role: workflow-roles_release-reader",
      "- aws_iam_role_policy_attachment: workflow-roles_release-reader-policy",
    ],
  },
  logRetentionDays: {
    to: 7,
    changes: [
      "~ aws_cloudwatch_log_group: api-log-delivery_welcome_group, api_log_group, auth_log_group, cache_slow-log_group, dump-verification_log_group, dump_log_group, flow-log_group, migration_log_group, pre-traffic_log_group, rest-api_access-log_group, web-acl_log_group",
    ],
  },
};

describe("a change of one value of the table", () => {
  const before = synthesize([staging]);

  for (const [path, { to, along, changes: expected }] of Object.entries(changes)) {
    it(`${path} changes ${expected.length > 10 ? "almost everything" : expected.join("; ")}`, () => {
      const changed = withValue(staging, path, to);
      const after = synthesize([along ? withValue(changed, ...along) : changed]);
      expect(changedResources(before, after)).to.deep.equal(expected);
    });
  }

  it("is told above for each value that staging has, and for those that it could have", () => {
    expect(Object.keys(changes)).to.have.members(
      [...paths(staging), ...triedOnStaging].filter((path) => !identity.includes(path)),
    );
  });
});
