import { expect } from "chai";
import { MongoClient } from "mongodb";
import type { Attributes } from "../support/synthesize.ts";
import {
  addOnlyAuditLog,
  databaseRequiresTls13,
  failoverOfReplicaSets,
  guardedAccess,
  hiddenUserData,
  leastPrivilegeUsers,
  noPasswords,
  protectedClusters,
  publishedConnectionString,
} from "./rules/database.ts";
import {
  add,
  type Change,
  changeFirst,
  changeWhere,
  getStackEnvironment,
  type Resource,
  removeAll,
  replaceIn,
  resources,
} from "./rules/resources.ts";
import { allStacks, type Rule, resourceRule, testRule } from "./rules/rule.ts";

/** Events that open an alert by themselves. */
const withoutThreshold = [
  "CPS_SNAPSHOT_FALLBACK_FAILED",
  "CPS_COPY_SNAPSHOT_FAILED",
  "AWS_ENCRYPTION_KEY_INVALID",
  "ENCRYPTION_AT_REST_CONFIG_NO_LONGER_VALID",
  "ONLINE_ARCHIVE_INSUFFICIENT_INDEXES_CHECK",
];

/** Events and metrics that put data at risk. */
const pages = [
  "DISK_PARTITION_SPACE_USED_DATA",
  "CPS_SNAPSHOT_BEHIND",
  "CPS_SNAPSHOT_FALLBACK_FAILED",
  "CPS_OPLOG_BEHIND",
  "AWS_ENCRYPTION_KEY_INVALID",
  "ENCRYPTION_AT_REST_CONFIG_NO_LONGER_VALID",
];

/** Events and metrics with an alert, by kind of cluster. */
const required = {
  flex: ["FLEX_CONNECTIONS_PERCENT", "FLEX_DATA_SIZE_TOTAL"],
  "replica-set": [
    "CONNECTIONS_PERCENT",
    "OPLOG_SLAVE_LAG_MASTER_TIME",
    "REPLICATION_OPLOG_WINDOW_RUNNING_OUT",
    "DISK_PARTITION_SPACE_USED_DATA",
    "CPS_SNAPSHOT_BEHIND",
    ...withoutThreshold,
    "CPS_OPLOG_BEHIND",
    // The environments have a burstable tier.
    "NORMALIZED_SYSTEM_CPU_STEAL",
  ],
};

const watchedDatabase: Rule = {
  name: "Atlas has alerts on connections and disk, and for a replica set on lag, oplog, backups, their copies, the key and the archive",
  check: (stacks) =>
    resources(stacks, "mongodbatlas_project").flatMap(({ address, stack }) => {
      const alerts = Object.values(stack.resource.mongodbatlas_alert_configuration ?? {})
        .filter(({ enabled }) => enabled === true)
        .map(({ event_type, metric_threshold_config: metric }) => metric?.[0].metric_name ?? event_type);
      return required[getStackEnvironment(stack).database.kind]
        .filter((each) => !alerts.includes(each))
        .map((each) => `${address}: ${each}`);
    }),
};

const notifyingAlerts = resourceRule(
  "alerts of Atlas on backups, keys and a full disk notify all recipients of the environment, others those by e-mail; one on a metric has a threshold",
  "mongodbatlas_alert_configuration",
  ({ stack, attributes }) => {
    const { emails, webhookUrl } = getStackEnvironment(stack).alerts;
    const { event_type, notification, metric_threshold_config, threshold_config } = attributes;
    const thresholds = [...(metric_threshold_config ?? []), ...(threshold_config ?? [])];
    const notified = (notification ?? []).map(
      ({ type_name, email_address, webhook_url }: Attributes) => `${type_name} ${email_address ?? webhook_url}`,
    );
    const expected = [
      ...emails.map((email) => `EMAIL ${email}`),
      ...(webhookUrl && pages.includes(metric_threshold_config?.[0].metric_name ?? event_type)
        ? [`WEBHOOK ${webhookUrl}`]
        : []),
    ];
    return (
      notified.join() === expected.join() &&
      thresholds.length === (withoutThreshold.includes(event_type) ? 0 : 1) &&
      thresholds.every(({ operator, threshold, units }) => operator && threshold > 0 && units)
    );
  },
);

const flex = (change: Change) => changeFirst("mongodbatlas_flex_cluster", change);
const cluster = (change: Change) => changeFirst("mongodbatlas_advanced_cluster", change);
const alert = (change: Change) => changeFirst("mongodbatlas_alert_configuration", change);
const alertWhere = (meets: (resource: Resource) => unknown, change: Change) =>
  changeWhere("mongodbatlas_alert_configuration", meets, change);

const accessList = "mongodbatlas_project_ip_access_list";
const user = (change: Change) => changeFirst("mongodbatlas_database_user", change);
const customRole = (change: Change) => changeFirst("mongodbatlas_custom_db_role", change);

describe("the database of the stacks", () => {
  testRule(noPasswords, {
    "a user with a password": user({ password: "correct horse" }),
    "a user that is no IAM role": user({ aws_iam_type: undefined }),
    "a provider with a key": (stacks) => {
      stacks["ecobeat-staging-database"]!.provider.mongodbatlas![0]!.public_key = "abcdefgh";
    },
    "a secret deep inside": add("staging-database", "mongodbatlas_alert_configuration", {
      notification: [{ type_name: "SLACK", api_token: "x" }],
    }),
  });

  testRule(leastPrivilegeUsers, {
    "another role": user({ "roles.0.role_name": "atlasAdmin" }),
    "a second role": user(({ roles }) => roles.push({ role_name: "read", database_name: "admin" })),
    "a dump that writes": changeWhere("mongodbatlas_database_user", ({ id }) => id === "dump-user", {
      "roles.0.role_name": "readWrite",
    }),
    "another database": user({ "roles.0.database_name": "admin" }),
    "every cluster": user({ scopes: undefined }),
    "another user": user({ username: "arn:aws:iam::111122223333:role/admin" }),
    "a function without a user": (stacks) => {
      delete stacks["ecobeat-staging-database"]!.resource.mongodbatlas_database_user!["auth-user"];
    },
  });

  testRule(addOnlyAuditLog, {
    "entries that can be changed": customRole(({ actions }) =>
      actions.push({ action: "UPDATE", resources: [{ collection_name: "audit", database_name: "ecobeat" }] }),
    ),
    "entries that can be deleted": customRole(({ actions }) =>
      actions
        .find(({ action }: Attributes) => action === "REMOVE")
        .resources.push({ collection_name: "audit", database_name: "ecobeat" }),
    ),
    "each collection": customRole({ "actions.0.resources.0.collection_name": "" }),
    "another database": customRole({ "actions.0.resources.0.database_name": "admin" }),
    "the cluster": customRole({ "actions.0.resources.0.cluster": true }),
    "an inherited role": customRole({ inherited_roles: [{ role_name: "readWrite", database_name: "ecobeat" }] }),
  });

  testRule(databaseRequiresTls13, {
    "TLS 1.2": cluster({ "advanced_configuration.minimum_enabled_tls_protocol": "TLS1_2" }),
    "no minimum": cluster({ advanced_configuration: undefined }),
    JavaScript: cluster({ "advanced_configuration.javascript_enabled": true }),
  });

  testRule(protectedClusters, {
    "a replica set that may be deleted": cluster({ termination_protection_enabled: false }),
    "a Flex cluster that may be deleted": flex({ termination_protection_enabled: undefined }),
  });

  testRule(hiddenUserData, {
    "data in the web interface": changeFirst("mongodbatlas_project", { is_data_explorer_enabled: undefined }),
    "data in the log": cluster({ redact_client_log_data: false }),
  });

  testRule(failoverOfReplicaSets, {
    "one node": cluster({ "replication_specs.0.region_configs.0.electable_specs.node_count": 1 }),
    "another region": cluster({ "replication_specs.0.region_configs.0.region_name": "US_EAST_1" }),
    "a disk that fills up": cluster({ "replication_specs.0.region_configs.0.auto_scaling.disk_gb_enabled": false }),
  });

  testRule(guardedAccess, {
    "the internet": changeFirst(accessList, { ip_address: undefined, cidr_block: "0.0.0.0/0" }),
    "an address that is not the NAT's": changeFirst(accessList, { ip_address: "203.0.113.7" }),
    "an address in addition to a private endpoint": add("production-database", accessList, {
      ip_address: "203.0.113.7",
    }),
    "a Flex cluster without an access list": removeAll("staging-database", accessList),
    "a cluster made before its endpoint": cluster({ depends_on: undefined }),
    "a peered network": add("production-database", "mongodbatlas_network_peering", {}),
  });

  testRule(watchedDatabase, {
    "a missing alert of a replica set": alertWhere(({ id }) => id.startsWith("alerts_failed-backup"), {
      event_type: "ANOTHER",
    }),
    "an alert that is off": alert({ enabled: false }),
    "a Flex cluster without alerts": removeAll("staging-database", "mongodbatlas_alert_configuration"),
  });

  testRule(notifyingAlerts, {
    "an alert to another recipient": alert({ "notification.0.email_address": "me@example.com" }),
    "a page without the webhook": alertWhere(
      ({ attributes }) => attributes.event_type === "CPS_OPLOG_BEHIND",
      ({ notification }) => notification.pop(),
    ),
    "a ticket to the webhook": alert(({ notification }) =>
      notification.push({ type_name: "WEBHOOK", webhook_url: "https://alerts.ecobeat.app/staging" }),
    ),
    "an alert without recipients": alert({ notification: [] }),
    "a metric without a limit": changeWhere(
      "mongodbatlas_alert_configuration",
      ({ attributes }) => attributes.metric_threshold_config,
      { "metric_threshold_config.0.threshold": undefined },
    ),
    "a window without a limit": changeWhere(
      "mongodbatlas_alert_configuration",
      ({ attributes }) => attributes.threshold_config,
      { threshold_config: undefined },
    ),
  });

  const uri = (environment: "staging" | "production", change: Change) =>
    changeWhere("aws_ssm_parameter", ({ stackName }) => stackName === `ecobeat-${environment}-database`, change);

  testRule(publishedConnectionString, {
    "the public address of a replica set": uri(
      "production",
      replaceIn("value", "private_endpoint[0].srv_connection_string", "standard_srv"),
    ),
    "a parameter of another name": uri("staging", { name: "/ecobeat/staging/mongo" }),
    "another authentication": uri("staging", replaceIn("value", "MONGODB-AWS", "SCRAM-SHA-256")),
  });

  it("publishes a connection string that the driver supports", () => {
    for (const { stackName, attributes } of resources(allStacks(), "aws_ssm_parameter")) {
      if (!stackName.endsWith("-database")) continue;
      const client = new MongoClient(
        attributes.value.replace(/^\$\{[^}]+\}/, "mongodb+srv://cluster.abcde.mongodb.net"),
      );
      const { dbName, credentials, tls, retryWrites, writeConcern } = client.options;
      expect(dbName).to.equal("ecobeat");
      expect(credentials).to.include({ mechanism: "MONGODB-AWS", source: "$external" });
      expect({ tls, retryWrites, w: writeConcern?.w }).to.deep.equal({ tls: true, retryWrites: true, w: "majority" });
    }
  });
});
