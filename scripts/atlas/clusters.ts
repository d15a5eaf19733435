import * as z from "zod";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { OperatorError } from "../cli/errors.ts";
import { ClusterBackups, type ClusterRef } from "./backups.ts";
import { type AtlasClient, AtlasError } from "./client.ts";
import { operations } from "./operations.ts";

const projectResponse = z.object({ id: z.string() });

const flexResponse = z.object({ name: z.string(), stateName: z.string(), mongoDBVersion: z.string().optional() });

const regionConfig = z.object({ electableSpecs: z.object({ diskSizeGB: z.number().optional() }).optional() });

const clusterResponse = flexResponse
  .extend({
    paused: z.boolean().optional(),
    pitEnabled: z.boolean().optional(),
    encryptionAtRestProvider: z.string().optional(),
    replicationSpecs: z.array(z.object({ regionConfigs: z.array(regionConfig).default([]) })).default([]),
  })
  .transform(({ replicationSpecs, ...cluster }) => {
    // All nodes have the same.
    const { diskSizeGB } = replicationSpecs[0]?.regionConfigs[0]?.electableSpecs ?? {};
    return { ...cluster, ...(diskSizeGB !== undefined && { diskSizeGB }) };
  });

const processResponse = z.object({ hostname: z.string(), typeName: z.string(), userAlias: z.string().optional() });

/** A cluster as Atlas describes it. */
export interface Cluster extends z.infer<typeof clusterResponse> {
  readonly kind: "replica-set" | "flex";
}

/** A server of a cluster. */
export interface ClusterNode {
  readonly host: string;
  /** Such as `PRIMARY`, `SECONDARY` or `RECOVERING`. */
  readonly role: string;
}

/** An environment's project, its cluster and the backups. */
export interface EnvironmentCluster {
  readonly projectName: string;
  readonly ref: ClusterRef;
  /** Undefined if the cluster is deleted; its snapshots may still exist. */
  readonly cluster: Cluster | undefined;
  /** Those of a replica set; a Flex cluster has none. */
  readonly backups: ClusterBackups;
}

/**
 * Finds an environment's cluster, by the names that the stack `database` assigns.
 *
 * @throws {OperatorError} if the project does not exist, or the cluster is of another kind than configured
 */
export async function findEnvironmentCluster(
  client: AtlasClient,
  environment: DeployedEnvironment,
): Promise<EnvironmentCluster> {
  const name = toNamePrefix(environment);
  const { kind } = getEnvironment(environment).database;
  const ref = { projectId: await findProject(client, name), cluster: name };
  const cluster = await findCluster(client, ref);
  if (cluster && cluster.kind !== kind) {
    throw new OperatorError("atlas-cluster-kind-differs", {
      what: `The cluster ${name} is of the kind "${cluster.kind}" in Atlas, and "${kind}" in stacks/environments/.`,
      why: "Only one of them was changed.",
      action: "Deploy `database`, or correct stacks/environments/.",
    });
  }
  return { projectName: name, ref, cluster, backups: new ClusterBackups(client, ref) };
}

/**
 * Finds an environment's replica set.
 *
 * @throws {OperatorError} if the environment has a Flex cluster, before any call
 */
export async function findBackedUpCluster(
  client: AtlasClient,
  environment: DeployedEnvironment,
): Promise<EnvironmentCluster> {
  if (getEnvironment(environment).database.kind === "flex") {
    throw new OperatorError("atlas-flex-has-no-backups", {
      what: `The cluster of ${environment} is a Flex cluster.`,
      why: "Atlas takes a snapshot of it once a day, and our own dumps are newer.",
      action:
        "Restore a dump: see runbooks/restore-database.md. To create one now: " +
        `npm run ops -- backup create --environment ${environment}`,
    });
  }
  return findEnvironmentCluster(client, environment);
}

/** The id of a project. @throws {OperatorError} if the service account sees no project of this name */
export async function findProject(client: AtlasClient, groupName: string): Promise<string> {
  const call = { operation: operations.findProject, parameters: { groupName } };
  try {
    return (await client.send(call, projectResponse)).id;
  } catch (error) {
    if (!(error instanceof AtlasError && error.status === 404)) throw error;
    throw new OperatorError("atlas-project-not-found", {
      what: `The service account finds no project ${groupName} in Atlas.`,
      why: "The name is wrong, the stack `database` is not deployed, or the account does not belong to the project.",
      action: "Add it to the project, or correct the name.",
      cause: error,
    });
  }
}

/** A cluster of either kind; undefined if there is none of this name. */
export async function findCluster(
  client: AtlasClient,
  { projectId, cluster }: ClusterRef,
): Promise<Cluster | undefined> {
  const parameters = { groupId: projectId, clusterName: cluster };
  try {
    const found = await client.send({ operation: operations.getCluster, parameters }, clusterResponse);
    return { kind: "replica-set", ...found };
  } catch (error) {
    if (!(error instanceof AtlasError)) throw error;
    // Another 404 is about the project or the address.
    if (error.errorCode === "CLUSTER_NOT_FOUND") return undefined;
    // The API of one kind of cluster rejects the other kind.
    if (error.errorCode !== "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API") throw error;
  }
  const flex = { operation: operations.getFlexCluster, parameters: { groupId: projectId, name: cluster } };
  return { kind: "flex", ...(await client.send(flex, flexResponse)) };
}

/** The servers of a replica set. Atlas lists those of all clusters in a project; their names start with the cluster's. */
export async function listNodes(client: AtlasClient, { projectId, cluster }: ClusterRef): Promise<ClusterNode[]> {
  const call = { operation: operations.listProcesses, parameters: { groupId: projectId } };
  const processes = await client.list(call, processResponse);
  return processes
    .map(({ hostname, typeName, userAlias }) => ({
      host: userAlias ?? hostname,
      role: typeName.replace("REPLICA_", ""),
    }))
    .filter(({ host }) => host.startsWith(`${cluster.toLowerCase()}-shard-`));
}
