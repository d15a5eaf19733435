import { restoreTest } from "../../../scripts/backup/contract.ts";
import { preTrafficFunctionId } from "../../../scripts/release/pre-traffic/contract.ts";
import { databaseName, parameterPath, parameters } from "../../../service/contract.ts";
import { failing, getEnvironment, referenced, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

const clusters = ["mongodbatlas_advanced_cluster", "mongodbatlas_flex_cluster"];

/** Names of attributes of Atlas's resources and provider that hold a secret. Teams has one in each webhook's address. */
const secretAttributes =
  /(password|secret|token|private_?key|access_key_id|api_key|service_key|routing_key|teams_webhook)/;

export const noPasswords: Rule = {
  name: "nobody has a password to the database, and Atlas's API key comes from the environment",
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

/** What each function may do in the database. */
const databaseRoles: Readonly<Record<string, string>> = {
  auth: "readWrite",
  api: "readWrite",
  dump: "read",
  "restore-test": "readWrite",
  migrate: "readWrite",
};

const databaseOf = (functionName: string): string =>
  functionName === restoreTest.functionName ? restoreTest.databaseName : databaseName;

export const leastPrivilegeUsers: Rule = {
  name: `only the functions enter the database: ${databaseName} in their own cluster, the dump only to read, and the restore test its own database`,
  check: (stacks) => [
    ...failing(stacks, ["mongodbatlas_database_user"], "may do more", ({ stack, attributes }) => {
      const { name, accountId } = getEnvironment(stack);
      const [, suffix = ""] = attributes.username.split(`arn:aws:iam::${accountId}:role/ecobeat-${name}-`);
      return (
        suffix in databaseRoles &&
        JSON.stringify(attributes.roles) ===
          JSON.stringify([{ database_name: databaseOf(suffix), role_name: databaseRoles[suffix] }]) &&
        JSON.stringify(attributes.scopes) === JSON.stringify([{ name: `ecobeat-${name}`, type: "CLUSTER" }])
      );
    }),
    ...Object.entries(stacks)
      .filter(([name]) => name.endsWith("-service"))
      .flatMap(([name, service]) => {
        const users = Object.values(
          stacks[name.replace(/service$/, "database")]?.resource.mongodbatlas_database_user ?? {},
        );
        return (
          Object.values(service.resource.aws_iam_role ?? {})
            .filter((role) => role.assume_role_policy.includes("lambda.amazonaws.com"))
            // What tries new versions asks them.
            .filter((role) => !role.name.endsWith(`-${preTrafficFunctionId}`))
            .filter((role) => !users.some(({ username }) => username.endsWith(`:role/${role.name}`)))
            .map((role) => `${name}: ${role.name} has no user in the database`)
        );
      }),
  ],
};

export const databaseRequiresTls13 = resourceRule(
  "a database that can demand TLS 1.3 does, and runs no JavaScript",
  "mongodbatlas_advanced_cluster",
  ({ attributes: { advanced_configuration: options } }) =>
    options?.minimum_enabled_tls_protocol === "TLS1_3" && options.javascript_enabled === false,
);

export const protectedClusters = resourceRule(
  "Atlas refuses to delete a cluster, and names its owner",
  clusters,
  ({ stack, attributes }) => {
    const tags = Array.isArray(attributes.tags)
      ? Object.fromEntries(attributes.tags.map(({ key, value }) => [key, value]))
      : attributes.tags;
    const expected = stack.provider.aws![0]!.default_tags[0].tags;
    return (
      attributes.termination_protection_enabled === true &&
      Object.keys(expected).every((tag) => tags?.[tag] === expected[tag])
    );
  },
);

export const hiddenUserData: Rule = {
  name: "users' data is seen neither in Atlas's web pages nor, where that can be had, in the database's log",
  check: (stacks) => [
    ...failing(
      stacks,
      ["mongodbatlas_project"],
      "shows data in web pages",
      ({ attributes }) => attributes.is_data_explorer_enabled === false,
    ),
    ...failing(
      stacks,
      ["mongodbatlas_advanced_cluster"],
      "logs values of queries",
      ({ attributes }) => attributes.redact_client_log_data === true,
    ),
  ],
};

export const failoverOfReplicaSets = resourceRule(
  "a replica set has the table's nodes, at least three, in the table's region, and its disks grow",
  "mongodbatlas_advanced_cluster",
  ({ stack, attributes }) => {
    const { database, region } = getEnvironment(stack);
    const regions = attributes.replication_specs?.[0]?.region_configs;
    return (
      database.kind === "replica-set" &&
      attributes.replication_specs.length === 1 &&
      regions?.length === 1 &&
      regions[0].region_name === region.toUpperCase().replaceAll("-", "_") &&
      regions[0].electable_specs.node_count === database.nodes &&
      database.nodes >= 3 &&
      regions[0].auto_scaling.disk_gb_enabled === true
    );
  },
);

export const guardedAccess: Rule = {
  name: "a Flex cluster lets in the NAT's address alone, a replica set its private endpoint alone",
  check: (stacks) => [
    ...failing(
      stacks,
      ["mongodbatlas_project_ip_access_list"],
      "lets in others",
      ({ stack, attributes: { ip_address, cidr_block, aws_security_group } }) =>
        getEnvironment(stack).database.kind === "flex" &&
        cidr_block === undefined &&
        aws_security_group === undefined &&
        referenced(stacks, stack, ip_address)?.type === "aws_eip",
    ),
    ...failing(stacks, ["mongodbatlas_flex_cluster"], "cannot be reached", ({ stack }) =>
      Boolean(stack.resource.mongodbatlas_project_ip_access_list),
    ),
    ...failing(
      stacks,
      ["mongodbatlas_advanced_cluster"],
      "may lack its private address",
      ({ stack, attributes }) =>
        Object.keys(stack.resource.mongodbatlas_privatelink_endpoint_service ?? {}).some((id) =>
          attributes.depends_on?.includes(`mongodbatlas_privatelink_endpoint_service.${id}`),
        ),
    ),
    ...resources(stacks, "mongodbatlas_network_peering", "mongodbatlas_network_container").map(
      ({ address }) => `${address}: joins networks`,
    ),
  ],
};

/** The end of a connection string: the database, IAM in place of a password, writes that a failover keeps. */
const options = `/${databaseName}?authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority`;

export const publishedConnectionString: Rule = {
  name: "the service finds its cluster, by the private endpoint where there is one, and enters by IAM",
  check: (stacks) =>
    Object.entries(stacks)
      .filter(([name]) => name.endsWith("-database"))
      .filter(([, stack]) => {
        const { name, database } = getEnvironment(stack);
        const parameter = Object.values(stack.resource.aws_ssm_parameter ?? {}).find(
          (each) => each.name === parameterPath(name, parameters.mongodbUri),
        );
        const [, address = "", rest] = /^(\$\{[^}]+\})(.*)$/.exec(parameter?.value ?? "") ?? [];
        const [type, attribute] =
          database.kind === "flex"
            ? ["mongodbatlas_flex_cluster", ".connection_strings.standard_srv}"]
            : [
                "mongodbatlas_advanced_cluster",
                ".connection_strings[0].private_endpoint[0].srv_connection_string}",
              ];
        return !(
          referenced(stacks, stack, address)?.type === type &&
          address.endsWith(attribute!) &&
          rest === options
        );
      })
      .map(([name]) => `${name}: does not say where the database is`),
};
