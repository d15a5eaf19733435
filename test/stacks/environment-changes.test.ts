import { expect } from "chai";
import { type Environment, environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";

const { staging } = environments;

interface Change {
  readonly to: unknown;
  /** Another path, and its value, without which the first one would be refused. */
  readonly along?: readonly [string, unknown];
  readonly changes: readonly string[];
}

/** For each value of the table, by its path: another value, and all that changes with it. */
const changes: Readonly<Record<string, Change>> = {
  name: {
    to: "production",
    changes: [
      "~ aws_api_gateway_api_key: app-key",
      "~ aws_api_gateway_rest_api: rest-api",
      "~ aws_api_gateway_usage_plan: app-key_plan",
      "~ aws_cloudwatch_log_group: api_log_group, auth_log_group, cache_slow-log_group, flow-log_group, rest-api_access-log_group",
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave",
      "~ aws_eip: network_nat-exit_address",
      "~ aws_elasticache_parameter_group: cache_parameters",
      "~ aws_elasticache_replication_group: cache_replication-group",
      "~ aws_elasticache_subnet_group: cache_subnets",
      "~ aws_elasticache_user: cache_default-user, cache_user",
      "~ aws_elasticache_user_group: cache_users",
      "~ aws_flow_log: flow-log",
      "~ aws_iam_role: api-log-delivery_role, api_role, auth_role, flow-log_role",
      "~ aws_iam_role_policy: api_policy, auth_policy",
      "~ aws_internet_gateway: network_nat-exit_internet-gateway",
      "~ aws_kms_alias: backups_key_alias, data-key_alias, log-key_alias, signing-key_alias",
      "~ aws_kms_key: backups_key, data-key, log-key, signing-key",
      "~ aws_lambda_function: api_function, auth_function",
      "~ aws_nat_gateway: network_nat-exit_gateway",
      "~ aws_route53_record: domain_certificate-proof, domain_record",
      "~ aws_route_table: network_nat-exit_public-routes, network_private-routes",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_security_group: traffic_cache, traffic_endpoints, traffic_functions",
      "~ aws_ssm_parameter: jwt-signing-keys, redis-url",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc: network_vpc",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm, endpoints_sts",
      "~ aws_wafv2_web_acl: web-acl",
      "~ provider: foundation, service",
      "~ workspace: foundation, service",
    ],
  },
  accountId: {
    to: "999999999999",
    changes: [
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave",
      "~ aws_iam_role: flow-log_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, flow-log_policy",
      "~ aws_kms_key: backups_key, data-key, log-key, signing-key",
      "~ aws_s3_bucket: backups_bucket",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm, endpoints_sts",
      "~ provider: foundation, service",
    ],
  },
  region: {
    to: "eu-central-1",
    along: ["network.availabilityZones", ["eu-central-1a", "eu-central-1b"]],
    changes: [
      "~ aws_cloudwatch_log_resource_policy: cache_slow-log_leave",
      "~ aws_iam_role: flow-log_role",
      "~ aws_iam_role_policy: api-log-delivery_policy, api_policy, auth_policy, flow-log_policy",
      "~ aws_kms_key: backups_key, data-key, log-key",
      "~ aws_subnet: network_nat-exit_public, network_private-0, network_private-1",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_s3, endpoints_ssm, endpoints_sts",
      "~ provider: foundation, service",
    ],
  },
  apiDomain: {
    to: "api-trial.ecobeat.app",
    changes: [
      "~ aws_acm_certificate: domain_certificate",
      "~ aws_api_gateway_domain_name: domain",
      "~ aws_lambda_function: api_function, auth_function",
      "~ aws_route53_record: domain_record",
      "~ aws_route53_zone: zone",
    ],
  },
  corsOrigins: {
    to: ["https://trial.ecobeat.app"],
    changes: ["~ aws_lambda_function: api_function, auth_function"],
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
      "~ aws_lambda_function: api_function, auth_function",
      "~ aws_vpc_endpoint: endpoints_kms, endpoints_ssm, endpoints_sts",
    ],
  },
  "network.nat": {
    to: undefined,
    changes: [
      "- aws_eip: network_nat-exit_address",
      "- aws_internet_gateway: network_nat-exit_internet-gateway",
      "- aws_nat_gateway: network_nat-exit_gateway",
      "- aws_route: network_nat-exit_private-default-route, network_nat-exit_public-default-route",
      "- aws_route_table: network_nat-exit_public-routes",
      "- aws_route_table_association: network_nat-exit_public-association",
      "- aws_subnet: network_nat-exit_public",
      "- aws_vpc_security_group_egress_rule: traffic_functions-to-outside",
    ],
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
  "cache.nodes": { to: 2, changes: ["~ aws_elasticache_replication_group: cache_replication-group"] },
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
  "functions.runtime": { to: "nodejs26.x", changes: ["~ aws_lambda_function: api_function, auth_function"] },
  "functions.memoryMb": { to: 1024, changes: ["~ aws_lambda_function: api_function, auth_function"] },
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
  "api.requestsPerDay": { to: 1, changes: ["~ aws_api_gateway_usage_plan: app-key_plan"] },
  "api.requestsPerAddress": { to: 10, changes: ["~ aws_wafv2_web_acl: web-acl"] },
  logRetentionDays: {
    to: 7,
    changes: [
      "~ aws_cloudwatch_log_group: api-log-delivery_welcome_group, api_log_group, auth_log_group, cache_slow-log_group, flow-log_group, rest-api_access-log_group",
    ],
  },
};

/** The paths of all values, down to those that are no objects. */
function paths(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" && !Array.isArray(inner)
      ? [...(key === "nat" ? [`${prefix}nat`] : []), ...paths(inner, `${prefix}${key}.`)]
      : [`${prefix}${key}`],
  );
}

/** A copy with another value at a path. */
function withValue(environment: Environment, path: string, value: unknown): Environment {
  const copy = structuredClone(environment);
  const keys = path.split(".");
  const last = keys.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: walks by names that only the test knows
  const parent = keys.reduce((object: any, key) => object[key], copy);
  parent[last] = value;
  return copy;
}

describe("a change of one value of the table", () => {
  const before = synthesize([staging]);

  for (const [path, { to, along, changes: expected }] of Object.entries(changes)) {
    it(`${path} changes ${expected.length > 10 ? "almost everything" : expected.join("; ")}`, () => {
      const changed = withValue(staging, path, to);
      const after = synthesize([along ? withValue(changed, ...along) : changed]);
      expect(changedResources(before, after)).to.deep.equal(expected);
    });
  }

  it("is told above for each value that an environment has", () => {
    const all = new Set(Object.values(environments).flatMap((environment) => paths(environment)));
    expect(Object.keys(changes)).to.have.members([...all]);
  });
});
