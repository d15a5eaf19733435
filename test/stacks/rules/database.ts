import { restoreTest } from "../../../scripts/backup/contract.ts";
import { preTrafficFunctionId } from "../../../scripts/release/pre-traffic/contract.ts";
import { smokeTestFunctionId } from "../../../scripts/release/smoke-test/contract.ts";
import { databaseName, parameterPath, parameters } from "../../../service/contract.ts";
import { auditCollection, dataMap } from "../../../service/data-map.ts";
import { mailSenderFunction, supportFunction } from "../../../stacks/names.ts";
import type { Attributes } from "../../support/synthesize.ts";
import { failing, getStackEnvironment, referenced, resources, stacksNamed } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

/** Attributes of Atlas's resources and provider that contain a secret. A webhook of Teams has one in its address. */
const secretAttributes =
  /(password|secret|token|private_?key|access_key_id|api_key|service_key|routing_key|teams_webhook)/;

export const noPasswords: Rule = {
  name: "no user of the database has a password, and Atlas's API key comes from the environment",
  check: (stacks) => [
    ...failing(
      stacks,
      ["mongodbatlas_database_user"],
      "has a password, or is no IAM role",
      ({ attributes: { password, aws_iam_type, auth_database_name } }) =>
        password === undefined && aws_iam_type === "ROLE" && auth_database_name === "$external",
    ),
    ...resources(stacks)
      .filter(({ type }) => type.startsWith("mongodbatlas_"))
      .flatMap(({ address, attributes }) =>
        [...JSON.stringify(attributes).matchAll(/"(\w+)":/g)]
          .filter(([, name]) => secretAttributes.test(name!))
          .map(([, name]) => `${address}: has ${name}`),
      ),
    ...Object.entries(stacks)
      .filter(([, { provider }]) => provider.mongodbatlas?.some((each) => Object.keys(each).length > 0))
      .map(([name]) => `${name}: configures Atlas's provider`),
  ],
};

const databaseRoles: Readonly<Record<string, string>> = {
  support: "support",
  auth: "readWrite",
  api: "readWrite",
  dump: "read",
  "restore-test": "readWrite",
  migrate: "readWrite",
};

/** Atlas keeps custom roles in `admin`. */
const getDatabaseName = (functionName: string): string =>
  functionName === restoreTest.functionName
    ? restoreTest.databaseName
    : functionName === supportFunction
      ? "admin"
      : databaseName;

export const addOnlyAuditLog = resourceRule(
  "a custom role allows only actions on collections of the service, and adds to the audit log without changing or deleting an entry",
  "mongodbatlas_custom_db_role",
  ({ attributes: { actions, inherited_roles } }) =>
    inherited_roles === undefined &&
    actions.every(({ action, resources: targets }: Attributes) =>
      targets.every(
        ({ database_name, collection_name, cluster }: Attributes) =>
          database_name === databaseName &&
          Object.hasOwn(dataMap, collection_name) &&
          cluster === undefined &&
          (collection_name !== auditCollection || ["FIND", "INSERT"].includes(action)),
      ),
    ),
);

export const leastPrivilegeUsers: Rule = {
  name: `only the functions have access: to ${databaseName} in their own cluster, the dump only to read, and the restore test to its own database`,
  check: (stacks) => [
    ...failing(stacks, ["mongodbatlas_database_user"], "may do more", ({ stack, attributes }) => {
      const { name, region, accountId } = getStackEnvironment(stack);
      const suffix = Object.keys(databaseRoles).find(
        (id) => attributes.username === `arn:aws:iam::${accountId}:role/ecobeat-${name}-${id}-${region}`,
      );
      return (
        suffix !== undefined &&
        JSON.stringify(attributes.roles) ===
          JSON.stringify([{ database_name: getDatabaseName(suffix), role_name: databaseRoles[suffix] }]) &&
        JSON.stringify(attributes.scopes) === JSON.stringify([{ name: `ecobeat-${name}`, type: "CLUSTER" }])
      );
    }),
    ...stacksNamed(stacks, "-service").flatMap(([name, service]) => {
      const users = Object.values(
        stacks[name.replace(/service$/, "database")]?.resource.mongodbatlas_database_user ?? {},
      );
      return (
        Object.values(service.resource.aws_iam_role ?? {})
          .filter((role) => role.assume_role_policy.includes("lambda.amazonaws.com"))
          // These call the service or SES, and do not connect.
          .filter(
            ({ name }) =>
              ![preTrafficFunctionId, smokeTestFunctionId, mailSenderFunction].some((id) => name.includes(`-${id}-`)),
          )
          .filter((role) => !users.some(({ username }) => username.endsWith(`:role/${role.name}`)))
          .map((role) => `${name}: ${role.name} has no user in the database`)
      );
    }),
  ],
};

export const databaseRequiresTls13 = resourceRule(
  "a database that can require TLS 1.3 does, and runs no JavaScript",
  "mongodbatlas_advanced_cluster",
  ({ attributes: { advanced_configuration: options } }) =>
    options?.minimum_enabled_tls_protocol === "TLS1_3" && options.javascript_enabled === false,
);

export const protectedClusters = resourceRule(
  "every cluster has termination protection",
  ["mongodbatlas_advanced_cluster", "mongodbatlas_flex_cluster"],
  ({ attributes }) => attributes.termination_protection_enabled === true,
);

export const hiddenUserData = rulesByType(
  "users' data appears neither in Atlas's web interface nor, where Atlas can redact it, in the database's log",
  {
    mongodbatlas_project: ({ attributes }) => attributes.is_data_explorer_enabled === false,
    mongodbatlas_advanced_cluster: ({ attributes }) => attributes.redact_client_log_data === true,
  },
);

export const failoverOfReplicaSets = resourceRule(
  "a replica set has the configuration's nodes and region, and its disks grow",
  "mongodbatlas_advanced_cluster",
  ({ stack, attributes }) => {
    const { database, region } = getStackEnvironment(stack);
    const regions = attributes.replication_specs?.[0]?.region_configs;
    return (
      database.kind === "replica-set" &&
      attributes.replication_specs.length === 1 &&
      regions?.length === 1 &&
      regions[0].region_name === region.toUpperCase().replaceAll("-", "_") &&
      regions[0].electable_specs.node_count === database.nodes &&
      regions[0].auto_scaling.disk_gb_enabled === true
    );
  },
);

export const guardedAccess = rulesByType(
  "a Flex cluster accepts only the NAT's address, a replica set only its private endpoint",
  {
    mongodbatlas_project_ip_access_list: (
      { stack, attributes: { ip_address, cidr_block, aws_security_group } },
      stacks,
    ) =>
      getStackEnvironment(stack).database.kind === "flex" &&
      cidr_block === undefined &&
      aws_security_group === undefined &&
      referenced(stacks, stack, ip_address)?.type === "aws_eip",
    mongodbatlas_flex_cluster: ({ stack }) => Boolean(stack.resource.mongodbatlas_project_ip_access_list),
    mongodbatlas_advanced_cluster: ({ stack, attributes }) =>
      Object.keys(stack.resource.mongodbatlas_privatelink_endpoint_service ?? {}).some((id) =>
        attributes.depends_on?.includes(`mongodbatlas_privatelink_endpoint_service.${id}`),
      ),
    mongodbatlas_network_peering: () => false,
    mongodbatlas_network_container: () => false,
  },
);

/** The end of a connection string: the database, IAM in place of a password, writes that survive a failover. */
const options = `/${databaseName}?authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority`;

export const publishedConnectionString: Rule = {
  name: "the service finds its cluster, by the private endpoint where there is one, and authenticates by IAM",
  check: (stacks) =>
    stacksNamed(stacks, "-database")
      .filter(([, stack]) => {
        const { name, database } = getStackEnvironment(stack);
        const parameter = Object.values(stack.resource.aws_ssm_parameter ?? {}).find(
          (each) => each.name === parameterPath(name, parameters.mongodbUri),
        );
        const [, address = "", rest] = /^(\$\{[^}]+\})(.*)$/.exec(parameter?.value ?? "") ?? [];
        const [type, attribute] =
          database.kind === "flex"
            ? ["mongodbatlas_flex_cluster", ".connection_strings.standard_srv}"]
            : ["mongodbatlas_advanced_cluster", ".connection_strings[0].private_endpoint[0].srv_connection_string}"];
        return !(referenced(stacks, stack, address)?.type === type && address.endsWith(attribute!) && rest === options);
      })
      .map(([name]) => `${name}: does not say where the database is`),
};
