import { expect } from "chai";
import { environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";
import { paths, withValue } from "./table-values.ts";

const { staging } = environments;

interface Change {
  readonly to: unknown;
  /** Another path, and its value, without which the first one would be refused. */
  readonly along?: readonly [string, unknown];
  readonly changes: readonly string[];
}

const fromFlexToReplicaSet = [
  "+ aws_iam_role: encryption_role",
  "+ aws_iam_role_policy: encryption_policy",
  "+ aws_kms_alias: encryption_key_alias",
  "+ aws_kms_key: encryption_key",
  "+ aws_security_group: private-link_group",
  "+ aws_vpc_endpoint: private-link_endpoint",
  "+ aws_vpc_security_group_egress_rule: private-link_clients-egress",
  "+ aws_vpc_security_group_ingress_rule: private-link_clients-ingress",
  "+ mongodbatlas_advanced_cluster: replica-set_cluster",
  "+ mongodbatlas_alert_configuration: alerts_failed-backup, alerts_late-backup, alerts_oplog-window, alerts_replication-lag",
  "+ mongodbatlas_cloud_backup_schedule: replica-set_backups_schedule",
  "+ mongodbatlas_cloud_provider_access_authorization: encryption_authorization",
  "+ mongodbatlas_cloud_provider_access_setup: encryption_access",
  "+ mongodbatlas_encryption_at_rest: encryption_setting",
  "+ mongodbatlas_online_archive: archive",
  "+ mongodbatlas_privatelink_endpoint: private-link_service",
  "+ mongodbatlas_privatelink_endpoint_service: private-link_connection",
  "- mongodbatlas_flex_cluster: flex-cluster",
  "- mongodbatlas_project_ip_access_list: flex-cluster_client",
  "~ aws_ssm_parameter: mongodb-uri",
  "~ mongodbatlas_alert_configuration: alerts_connections, alerts_disk",
];

/** For each value of the table, by its path: another value, and all that changes with it. */
const changes: Readonly<Record<string, Change>> = {
  name: {
    to: "production",
    changes: [
      "~ aws_api_gateway_api_key: app-key",
      "~ aws_api_gateway_rest_api: rest-api",
      "~ aws_api_gateway_usage_plan: app-key_plan",
      "~ aws_cloudwatch_contributor_insight_rule: observability_errors_rule",
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_log_group: api_log_group, auth_log_group, cache_slow-log_group, flow-log_group, migration_log_group, rest-api_access-log_group, web-acl_log_group",
      "~ aws_cloudwatch_log_metric_filter: observability_api-metrics_DatabaseFailures_filter, observability_api-metrics_InitDuration_filter, observability_api-metrics_MemoryUsed_filter, observability_api-metrics_SessionStoreFailures_filter, observability_auth-metrics_DatabaseFailures_filter, observability_auth-metrics_InitDuration_filter, observability_auth-metrics_MemoryUsed_filter, observability_auth-metrics_SessionStoreFailures_filter",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave",
      "~ aws_cloudwatch_metric_alarm: cache-alarms_connections_alarm, cache-alarms_cpu-credits_alarm, cache-alarms_cpu_alarm, cache-alarms_evictions_alarm, cache-alarms_logins_alarm, cache-alarms_memory_alarm, cache-alarms_throttled-logins_alarm, domain_certificate_alarm, observability_api-alarms_database_alarm, observability_api-alarms_duration_alarm, observability_api-alarms_errors_alarm, observability_api-alarms_memory_alarm, observability_api-alarms_session-store_alarm, observability_api-alarms_throttles_alarm, observability_auth-alarms_database_alarm, observability_auth-alarms_duration_alarm, observability_auth-alarms_errors_alarm, observability_auth-alarms_memory_alarm, observability_auth-alarms_session-store_alarm, observability_auth-alarms_throttles_alarm, observability_rest-api-alarms_failures_alarm, observability_rest-api-alarms_latency_alarm, web-acl_alarm",
      "~ aws_cloudwatch_query_definition: observability_queries_cold-starts_definition, observability_queries_errors-by-fingerprint_definition, observability_queries_failed-logins-by-reason_definition, observability_queries_one-request-by-its-id_definition, observability_queries_slowest-routes_definition, web-acl_query_definition",
      "~ aws_eip: network_nat-exit_address",
      "~ aws_elasticache_parameter_group: cache_parameters",
      "~ aws_elasticache_replication_group: cache_replication-group",
      "~ aws_elasticache_subnet_group: cache_subnets",
      "~ aws_elasticache_user: cache_default-user, cache_user",
      "~ aws_elasticache_user_group: cache_users",
      "~ aws_flow_log: flow-log",
      "~ aws_iam_role: api-log-delivery_role, api_role, auth_role, flow-log_role, migration_role",
      "~ aws_iam_role_policy: api_policy, auth_policy, migration_policy",
      "~ aws_internet_gateway: network_nat-exit_internet-gateway",
      "~ aws_kms_alias: alerts_key_alias, backups_key_alias, data-key_alias, log-key_alias, signing-key_alias",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key, signing-key",
      "~ aws_lambda_function: api_function, auth_function, migration_function",
      "~ aws_nat_gateway: network_nat-exit_gateway",
      "~ aws_route53_record: domain_certificate_proof, domain_record",
      "~ aws_route_table: network_nat-exit_public-routes, network_private-routes",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_security_group: traffic_cache, traffic_endpoints, traffic_functions",
      "~ aws_sns_topic: alerts_topic",
      "~ aws_ssm_parameter: jwt-signing-keys, mongodb-uri, redis-url",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc: network_vpc",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ aws_wafv2_web_acl: web-acl",
      "~ mongodbatlas_database_user: api-user, auth-user, migrate-user",
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
      "~ aws_cloudwatch_dashboard: observability_dashboard_page_dashboard",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave, web-acl_log-delivery",
      "~ aws_iam_role: flow-log_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, flow-log_policy, migration_policy",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key, signing-key",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_sns_topic_policy: alerts_policy",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ mongodbatlas_database_user: api-user, auth-user, migrate-user",
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
      "~ aws_iam_role: flow-log_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, flow-log_policy, migration_policy",
      "~ aws_kms_key: alerts_key, backups_key, data-key, log-key",
      "~ aws_sns_topic_policy: alerts_policy",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm",
      "~ mongodbatlas_flex_cluster: flex-cluster",
      "~ provider: database, foundation, service",
    ],
  },
  apiDomain: {
    to: "api-trial.ecobeat.app",
    changes: [
      "~ aws_acm_certificate: domain_certificate",
      "~ aws_api_gateway_domain_name: domain",
      "~ aws_cloudwatch_metric_alarm: domain_certificate_alarm",
      "~ aws_lambda_function: api_function, auth_function, migration_function",
      "~ aws_route53_record: domain_record",
      "~ aws_route53_zone: zone",
    ],
  },
  corsOrigins: {
    to: ["https://trial.ecobeat.app"],
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
      "~ aws_lambda_function: api_function, auth_function, migration_function",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_ssm",
    ],
  },
  "network.nat": {
    to: undefined,
    along: ["database", environments.production.database],
    changes: [
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
    along: ["database", environments.production.database],
    changes: fromFlexToReplicaSet,
  },
  "alerts.emails": {
    to: ["trial@ecobeat.app"],
    changes: [
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
      "~ provider: foundation",
    ],
  },
  "functions.runtime": {
    to: "nodejs26.x",
    changes: ["~ aws_lambda_function: api_function, auth_function, migration_function"],
  },
  "functions.memoryMb": {
    to: 1024,
    changes: [
      "~ aws_cloudwatch_metric_alarm: observability_api-alarms_memory_alarm, observability_auth-alarms_memory_alarm",
      "~ aws_lambda_function: api_function, auth_function",
    ],
  },
  "functions.timeoutSeconds": { to: 20, changes: ["~ aws_lambda_function: api_function, auth_function"] },
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
  logRetentionDays: {
    to: 7,
    changes: [
      "~ aws_cloudwatch_log_group: api-log-delivery_welcome_group, api_log_group, auth_log_group, cache_slow-log_group, flow-log_group, migration_log_group, rest-api_access-log_group, web-acl_log_group",
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

  it("cdn.priceClass changes ~ aws_cloudfront_distribution: distribution", () => {
    const { production } = environments;
    const changed = withValue(production, "cdn.priceClass", "PriceClass_All");
    expect(changedResources(synthesize([production]), synthesize([changed]))).to.deep.equal([
      "~ aws_cloudfront_distribution: distribution",
    ]);
  });

  it("is told above for each value that an environment has, or for those of a replica set beside this file", () => {
    const { database: _, cdn, ...others } = environments.production;
    expect(Object.keys(cdn!)).to.deep.equal(["priceClass"]);
    expect(Object.keys(changes)).to.have.members([...new Set([...paths(staging), ...paths(others)])]);
  });
});
