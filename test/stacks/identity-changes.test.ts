import { expect } from "chai";
import { environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { type Change, changedResources } from "./changed-resources.ts";
import { identity, withValue } from "./table-values.ts";

const { staging } = environments;

const parts = ["api", "edge", "functions", "network", "observation", "schedule", "storage"];
const deployPolicies = [
  ...parts.map((part) => `apply-${part}`),
  "limits",
  ...parts.map((part) => `plan-${part}`),
]
  .map((policy) => `deploy-roles_policy-${policy}`)
  .join(", ");

const workflowPolicies = ["release", "release-reader", "verification"]
  .map((policy) => `workflow-roles_policy-${policy}`)
  .join(", ");

/** For each value that says which environment it is, and where: another one, and all that changes with it. */
const changes: Readonly<Record<string, Change>> = {
  name: {
    to: "production",
    changes: [
      "~ aws_api_gateway_api_key: app-key",
      "~ aws_api_gateway_rest_api: rest-api",
      "~ aws_api_gateway_usage_plan: app-key_plan",
      "~ aws_budgets_budget: budget",
      "~ aws_cloudwatch_contributor_insight_rule: observability_errors_rule",
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_log_group: api_log_group, auth_log_group, cache_slow-log_group, dump-verification_log_group, dump_log_group, flow-log_group, migration_log_group, pre-traffic_log_group, release-log_group, rest-api_access-log_group, web-acl_log_group",
      "~ aws_cloudwatch_log_metric_filter: observability_api-metrics_DatabaseFailures_filter, observability_api-metrics_InitDuration_filter, observability_api-metrics_MemoryUsed_filter, observability_api-metrics_SessionStoreFailures_filter, observability_auth-metrics_DatabaseFailures_filter, observability_auth-metrics_InitDuration_filter, observability_auth-metrics_MemoryUsed_filter, observability_auth-metrics_SessionStoreFailures_filter",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave",
      "~ aws_cloudwatch_metric_alarm: api-usage_concurrency_alarm, api-usage_unattended_alarm, auth-usage_concurrency_alarm, auth-usage_unattended_alarm, cache-alarms_connections_alarm, cache-alarms_cpu-credits_alarm, cache-alarms_cpu_alarm, cache-alarms_evictions_alarm, cache-alarms_logins_alarm, cache-alarms_memory_alarm, cache-alarms_throttled-logins_alarm, domain_certificate_alarm, dump-verification_failed_alarm, dump-verification_late_alarm, dump-verification_schedule_dropped_alarm, dump_failures_filled_alarm, dump_late_alarm, dump_schedule_dropped_alarm, observability_api-alarms_database_alarm, observability_api-alarms_duration_alarm, observability_api-alarms_errors_alarm, observability_api-alarms_memory_alarm, observability_api-alarms_session-store_alarm, observability_api-alarms_throttles_alarm, observability_auth-alarms_database_alarm, observability_auth-alarms_duration_alarm, observability_auth-alarms_errors_alarm, observability_auth-alarms_memory_alarm, observability_auth-alarms_session-store_alarm, observability_auth-alarms_throttles_alarm, observability_rest-api-alarms_failures_alarm, observability_rest-api-alarms_latency_alarm, observability_service-alarms_database-wait_alarm, observability_service-alarms_login-failures_alarm, observability_service-alarms_signing_alarm, observability_service-alarms_token-reuse_alarm, web-acl_alarm",
      "~ aws_cloudwatch_query_definition: observability_queries_cold-starts_definition, observability_queries_errors-by-fingerprint_definition, observability_queries_failed-logins-by-reason_definition, observability_queries_one-request-by-its-id_definition, observability_queries_security-events_definition, observability_queries_slowest-routes_definition, web-acl_query_definition",
      "~ aws_codedeploy_app: code-deploy_application",
      "~ aws_codedeploy_deployment_group: code-deploy_api, code-deploy_auth",
      "~ aws_eip: network_nat-exit_address",
      "~ aws_elasticache_parameter_group: cache_parameters",
      "~ aws_elasticache_replication_group: cache_replication-group",
      "~ aws_elasticache_subnet_group: cache_subnets",
      "~ aws_elasticache_user: cache_default-user, cache_user",
      "~ aws_elasticache_user_group: cache_users",
      "~ aws_flow_log: flow-log",
      `~ aws_iam_policy: ${deployPolicies}, permissions-boundary_policy, ${workflowPolicies}`,
      "~ aws_iam_role: api-log-delivery_role, api_role, auth_role, code-deploy_role, deploy-roles_apply, deploy-roles_plan, dump-verification_role, dump-verification_schedule_role, dump_role, dump_schedule_role, flow-log_role, migration_role, pre-traffic_role, workflow-roles_release, workflow-roles_release-reader, workflow-roles_verification",
      "~ aws_iam_role_policy: api_policy, auth_policy, code-deploy_policy, dump-verification_policy, dump-verification_schedule_policy, dump_policy, dump_schedule_policy, migration_policy, pre-traffic_policy",
      "~ aws_internet_gateway: network_nat-exit_internet-gateway",
      "~ aws_kms_alias: alerts_key_alias, backups_key_alias, data-key_alias, log-key_alias, signing-key_alias",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key, signing-key",
      "~ aws_lambda_function: api_function, auth_function, dump-verification_function, dump_function, migration_function, pre-traffic_function",
      "~ aws_nat_gateway: network_nat-exit_gateway",
      "~ aws_route53_record: domain_certificate_proof, domain_record",
      "~ aws_route_table: network_nat-exit_public-routes, network_private-routes",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_scheduler_schedule: dump-verification_schedule, dump_schedule",
      "~ aws_scheduler_schedule_group: dump-verification_schedule_group, dump_schedule_group",
      "~ aws_security_group: traffic_cache, traffic_endpoints, traffic_functions",
      "~ aws_sns_topic: alerts_topic",
      "~ aws_sqs_queue: dump_failures_queue",
      "~ aws_ssm_parameter: jwt-signing-keys, mongodb-uri, redis-url",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc: network_vpc",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ aws_wafv2_web_acl: web-acl",
      "~ mongodbatlas_database_user: api-user, auth-user, dump-user, dump-verification-user, migrate-user",
      "~ mongodbatlas_flex_cluster: flex-cluster",
      "~ mongodbatlas_project: project",
      "~ mongodbatlas_project_ip_access_list: flex-cluster_client",
      "~ provider: database, foundation, service",
      "~ workspace: database, foundation, service",
    ],
  },
  accountId: {
    to: "999999999999",
    changes: [
      "~ aws_budgets_budget: budget",
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave, web-acl_log-delivery",
      `~ aws_iam_policy: ${deployPolicies}, permissions-boundary_policy, ${workflowPolicies}`,
      "~ aws_iam_role: api_role, auth_role, code-deploy_role, dump-verification_role, dump-verification_schedule_role, dump_role, dump_schedule_role, flow-log_role, migration_role, pre-traffic_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, code-deploy_policy, dump-verification_policy, dump_policy, flow-log_policy, migration_policy, pre-traffic_policy",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key, signing-key",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_sns_topic_policy: alerts_policy",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ mongodbatlas_database_user: api-user, auth-user, dump-user, dump-verification-user, migrate-user",
      "~ provider: database, foundation, service",
    ],
  },
  region: {
    to: "eu-central-1",
    along: ["network.availabilityZones", ["eu-central-1a", "eu-central-1b"]],
    changes: [
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave, web-acl_log-delivery",
      "~ aws_cloudwatch_metric_alarm: web-acl_alarm",
      `~ aws_iam_policy: deploy-roles_policy-limits, ${workflowPolicies}`,
      "~ aws_iam_role: flow-log_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, code-deploy_policy, dump-verification_policy, dump-verification_schedule_policy, dump_policy, dump_schedule_policy, flow-log_policy, migration_policy, pre-traffic_policy",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key",
      "~ aws_sns_topic_policy: alerts_policy",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ mongodbatlas_flex_cluster: flex-cluster",
      "~ provider: database, foundation, service",
    ],
  },
};

describe("a change of an environment's identity", () => {
  const before = synthesize([staging]);

  for (const [path, { to, along, changes: expected }] of Object.entries(changes)) {
    it(`${path} changes what bears it`, () => {
      const changed = withValue(staging, path, to);
      const after = synthesize([along ? withValue(changed, ...along) : changed]);
      expect(changedResources(before, after)).to.deep.equal(expected);
    });
  }

  it("is told above for each of its values", () => {
    expect(Object.keys(changes)).to.have.members(identity);
  });
});
