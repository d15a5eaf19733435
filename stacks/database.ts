import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter/index.js";
import { CustomDbRole } from "@cdktf/provider-mongodbatlas/lib/custom-db-role/index.js";
import { DatabaseUser } from "@cdktf/provider-mongodbatlas/lib/database-user/index.js";
import { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Fn, Op } from "cdktf";
import type { Construct } from "constructs";
import { dump, restoreTest } from "../scripts/backup/contract.ts";
import { activities, databaseName, parameterPath, parameters, previewEnvironment } from "../service/contract.ts";
import { AtlasAlerts, exportAlerts, flexAlerts, toReplicaSetAlerts } from "./constructs/database/atlas-alerts.ts";
import { AtlasEncryption } from "./constructs/database/atlas-encryption.ts";
import { AtlasFlexCluster } from "./constructs/database/atlas-flex-cluster.ts";
import { AtlasPrivateLink } from "./constructs/database/atlas-private-link.ts";
import { addAtlasProvider } from "./constructs/database/atlas-provider.ts";
import { AtlasReplicaSet } from "./constructs/database/atlas-replica-set.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import type { EnvironmentReplicaSet } from "./environment-database.ts";
import { type Environment, exportsSnapshots } from "./environments.ts";
import type { FoundationStack } from "./foundation.ts";
import { migrationFunction, supportFunction } from "./names.ts";

/**
 * What the support function does with which collections, in Atlas's names of privileges:
 * https://www.mongodb.com/docs/manual/reference/privilege-actions/
 */
const supportActions = {
  FIND: ["users", activities.collection, "erasures", "audit"],
  INSERT: ["erasures", "audit"],
  UPDATE: ["erasures"],
  REMOVE: ["users", activities.collection],
} as const;

export interface DatabaseStackProps {
  readonly foundation: FoundationStack;
}

/**
 * The database in MongoDB Atlas: a project with one cluster, its network path and its users. No user has a password: the
 * functions authenticate by their IAM roles, and read the connection string from the parameter `mongodb-uri`.
 */
export class DatabaseStack extends EcobeatStack {
  readonly #foundation: FoundationStack;
  readonly #project: Project;

  constructor(scope: Construct, environment: Environment, { foundation }: DatabaseStackProps) {
    super(scope, "database", environment);
    const { database } = environment;
    this.#foundation = foundation;
    addAtlasProvider(this);
    this.#project = new Project(this, "project", {
      name: this.namePrefix,
      orgId: database.organizationId,
      // No one may read users' data in Atlas's web interface.
      isDataExplorerEnabled: false,
      tags: this.tags,
      lifecycle: { preventDestroy: true },
    });
    const { srvAddress } = database.kind === "flex" ? this.#addFlexCluster() : this.#addReplicaSet(database);
    for (const functionName of ["auth", "api", migrationFunction]) this.#addUser(functionName, "readWrite");
    this.#addSupportUser();
    this.#addUser(dump.functionName, "read");
    this.#addUser(restoreTest.functionName, "readWrite", restoreTest.databaseName);
    new AtlasAlerts(this, "alerts", {
      project: this.#project,
      alerts: {
        ...(database.kind === "flex" ? flexAlerts : toReplicaSetAlerts(database.instanceSize)),
        ...(exportsSnapshots(environment) && exportAlerts),
      },
    });
    this.#addUri("mongodb-uri", environment.name, srvAddress);
    // The functions of previews have databases of their own in the same cluster.
    if (environment.previews) this.#addUri("preview-mongodb-uri", previewEnvironment, srvAddress);
  }

  #addUri(id: string, environmentName: string, srvAddress: string): void {
    new SsmParameter(this, id, {
      name: parameterPath(environmentName, parameters.mongodbUri),
      type: "String",
      value: `${srvAddress}/${databaseName}?authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority`,
      lifecycle: {
        preventDestroy: true,
        // Atlas may report a cluster without its private endpoint at first.
        precondition: [
          {
            condition: Fn.try([Op.gte(Fn.lengthOf(srvAddress), 1), false]),
            errorMessage:
              `Atlas does not report the address of the cluster ${this.namePrefix} yet, which may take some minutes. ` +
              "The parameter is unchanged: deploy this stack again after a minute.",
          },
        ],
      },
    });
  }

  #addFlexCluster(): AtlasFlexCluster {
    // The check of the environment requires `nat`.
    const clientAddress = this.#foundation.network.natAddress!;
    return new AtlasFlexCluster(this, "flex-cluster", { project: this.#project, clientAddress });
  }

  #addReplicaSet(database: EnvironmentReplicaSet): AtlasReplicaSet {
    const privateLink = new AtlasPrivateLink(this, "private-link", {
      project: this.#project,
      network: this.#foundation.network,
      clients: this.#foundation.securityGroups.functions,
    });
    const encryption = new AtlasEncryption(this, "encryption", { project: this.#project, privateLink });
    const { exportBucket } = this.#foundation;
    const atlas = { project: this.#project, privateLink, encryption, exportBucket };
    return new AtlasReplicaSet(this, "replica-set", { ...database, ...atlas });
  }

  /**
   * The user of the support function: only what it does with each collection. It adds entries to the audit log, and cannot change or
   * delete one.
   */
  #addSupportUser(): void {
    const role = new CustomDbRole(this, "support-role", {
      projectId: this.#project.id,
      roleName: supportFunction,
      actions: Object.entries(supportActions).map(([action, collections]) => ({
        action,
        resources: collections.map((collectionName) => ({ collectionName, databaseName })),
      })),
    });
    // Atlas keeps custom roles in this database.
    this.#addUser(supportFunction, supportFunction, "admin", role);
  }

  /**
   * Gives a function's role access to one database. The role `read` covers documents and index definitions:
   * https://www.mongodb.com/docs/manual/reference/built-in-roles/#mongodb-authrole-read
   * `test/stacks/database-users.test.ts` compares each role with the commands of the function's code.
   */
  #addUser(functionName: string, roleName: string, database = databaseName, role?: CustomDbRole): void {
    new DatabaseUser(this, `${functionName}-user`, {
      projectId: this.#project.id,
      username: this.toRoleArn(this.resourceName(functionName)),
      awsIamType: "ROLE",
      authDatabaseName: "$external",
      roles: [{ roleName, databaseName: database }],
      scopes: [{ name: this.namePrefix, type: "CLUSTER" }],
      ...(role && { dependsOn: [role] }),
    });
  }
}
