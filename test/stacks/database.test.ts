import { expect } from "chai";
import { MongoClient } from "mongodb";
import { notifyingAlerts, watchedDatabase } from "./rules/alerts.ts";
import {
  databaseRequiresTls13,
  failoverOfReplicaSets,
  guardedAccess,
  hiddenUserData,
  leastPrivilegeUsers,
  noPasswords,
  protectedClusters,
  publishedConnectionString,
} from "./rules/database.ts";
import { add, changeFirst, first, removeAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

describe("the database of the stacks", () => {
  testRule(noPasswords, {
    "a user with a password": changeFirst("mongodbatlas_database_user", { password: "correct horse" }),
    "a user that is no IAM role": changeFirst("mongodbatlas_database_user", { aws_iam_type: undefined }),
    "a provider with a key": (stacks) => {
      stacks["ecobeat-staging-database"]!.provider.mongodbatlas![0]!.public_key = "abcdefgh";
    },
    "a secret deep inside": add("staging-database", "mongodbatlas_alert_configuration", {
      notification: [{ type_name: "SLACK", api_token: "x" }],
    }),
  });

  testRule(leastPrivilegeUsers, {
    "another role": changeFirst("mongodbatlas_database_user", { "roles.0.role_name": "atlasAdmin" }),
    "a second role": (stacks) => {
      first(stacks, "mongodbatlas_database_user").roles.push({ role_name: "read", database_name: "admin" });
    },
    "a dump that writes": (stacks) => {
      const users = stacks["ecobeat-staging-database"]!.resource.mongodbatlas_database_user!;
      users["dump-user"]!.roles[0].role_name = "readWrite";
    },
    "another database": changeFirst("mongodbatlas_database_user", { "roles.0.database_name": "admin" }),
    "every cluster": changeFirst("mongodbatlas_database_user", { scopes: undefined }),
    "someone else": changeFirst("mongodbatlas_database_user", {
      username: "arn:aws:iam::111122223333:role/admin",
    }),
    "a function that may not enter": (stacks) => {
      delete stacks["ecobeat-staging-database"]!.resource.mongodbatlas_database_user!["auth-user"];
    },
  });

  testRule(databaseRequiresTls13, {
    "TLS 1.2": changeFirst("mongodbatlas_advanced_cluster", {
      "advanced_configuration.minimum_enabled_tls_protocol": "TLS1_2",
    }),
    "no demand": changeFirst("mongodbatlas_advanced_cluster", { advanced_configuration: undefined }),
    JavaScript: changeFirst("mongodbatlas_advanced_cluster", {
      "advanced_configuration.javascript_enabled": true,
    }),
  });

  testRule(protectedClusters, {
    "a replica set that may be deleted": changeFirst("mongodbatlas_advanced_cluster", {
      termination_protection_enabled: false,
    }),
    "a Flex cluster that may be deleted": changeFirst("mongodbatlas_flex_cluster", {
      termination_protection_enabled: undefined,
    }),
    "a replica set without an owner": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").tags.pop();
    },
    "a Flex cluster without tags": changeFirst("mongodbatlas_flex_cluster", { tags: undefined }),
  });

  testRule(hiddenUserData, {
    "data in web pages": changeFirst("mongodbatlas_project", { is_data_explorer_enabled: undefined }),
    "data in the log": changeFirst("mongodbatlas_advanced_cluster", { redact_client_log_data: false }),
  });

  testRule(failoverOfReplicaSets, {
    "one node": changeFirst("mongodbatlas_advanced_cluster", {
      "replication_specs.0.region_configs.0.electable_specs.node_count": 1,
    }),
    "another region": changeFirst("mongodbatlas_advanced_cluster", {
      "replication_specs.0.region_configs.0.region_name": "US_EAST_1",
    }),
    "a disk that fills up": changeFirst("mongodbatlas_advanced_cluster", {
      "replication_specs.0.region_configs.0.auto_scaling.disk_gb_enabled": false,
    }),
  });

  testRule(guardedAccess, {
    "the world": (stacks) => {
      const entry = first(stacks, "mongodbatlas_project_ip_access_list");
      delete entry.ip_address;
      entry.cidr_block = "0.0.0.0/0";
    },
    "an address that is not the NAT's": changeFirst("mongodbatlas_project_ip_access_list", {
      ip_address: "203.0.113.7",
    }),
    "an address beside a private endpoint": add(
      "production-database",
      "mongodbatlas_project_ip_access_list",
      {
        ip_address: "203.0.113.7",
      },
    ),
    "a Flex cluster that nobody may reach": removeAll(
      "staging-database",
      "mongodbatlas_project_ip_access_list",
    ),
    "a cluster made before its endpoint": changeFirst("mongodbatlas_advanced_cluster", {
      depends_on: undefined,
    }),
    "a peered network": add("production-database", "mongodbatlas_network_peering", {}),
  });

  testRule(watchedDatabase, {
    "a missing alert of a replica set": (stacks) => {
      const alerts = stacks["ecobeat-production-database"]!.resource.mongodbatlas_alert_configuration!;
      delete alerts[Object.keys(alerts).find((id) => id.startsWith("alerts_failed-backup"))!];
    },
    "an alert that is off": changeFirst("mongodbatlas_alert_configuration", { enabled: false }),
    "a Flex cluster without alerts": removeAll("staging-database", "mongodbatlas_alert_configuration"),
  });

  testRule(notifyingAlerts, {
    "an alert to someone else": changeFirst("mongodbatlas_alert_configuration", {
      "notification.0.email_address": "me@example.com",
    }),
    "an alert that the webhook misses": (stacks) => {
      first(stacks, "mongodbatlas_alert_configuration").notification.pop();
    },
    "an alert to nobody": changeFirst("mongodbatlas_alert_configuration", { notification: [] }),
    "a metric without a limit": changeFirst("mongodbatlas_alert_configuration", {
      "metric_threshold_config.0.threshold": undefined,
    }),
    "a window without a limit": (stacks) => {
      const window = resources(stacks, "mongodbatlas_alert_configuration").find(
        ({ attributes }) => attributes.threshold_config,
      );
      delete window!.attributes.threshold_config;
    },
  });

  const uri = (stacks: Parameters<typeof resources>[0], stackName: string) =>
    resources(stacks, "aws_ssm_parameter").find((parameter) => parameter.stackName === stackName)!.attributes;

  testRule(publishedConnectionString, {
    "the public address of a replica set": (stacks) => {
      const parameter = uri(stacks, "ecobeat-production-database");
      parameter.value = parameter.value.replace("private_endpoint[0].srv_connection_string", "standard_srv");
    },
    "a parameter of another name": (stacks) => {
      uri(stacks, "ecobeat-staging-database").name = "/ecobeat/staging/mongo";
    },
    "another way to enter": (stacks) => {
      const parameter = uri(stacks, "ecobeat-staging-database");
      parameter.value = parameter.value.replace("MONGODB-AWS", "SCRAM-SHA-256");
    },
  });

  it("announces what the driver understands", () => {
    for (const name of ["ecobeat-staging-database", "ecobeat-production-database"]) {
      const value: string = uri(allStacks(), name).value;
      const client = new MongoClient(
        value.replace(/^\$\{[^}]+\}/, "mongodb+srv://cluster.abcde.mongodb.net"),
      );
      const { dbName, credentials, tls, retryWrites, writeConcern } = client.options;
      expect(dbName).to.equal("ecobeat");
      expect(credentials).to.include({ mechanism: "MONGODB-AWS", source: "$external" });
      expect({ tls, retryWrites, w: writeConcern?.w }).to.deep.equal({
        tls: true,
        retryWrites: true,
        w: "majority",
      });
    }
  });
});
