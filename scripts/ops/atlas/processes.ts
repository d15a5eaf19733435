import { z } from "zod";
import type { ClusterPlace } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { operations } from "./operations.ts";

const processAnswer = z.object({
  hostname: z.string(),
  typeName: z.string(),
  userAlias: z.string().optional(),
});

/** A server of a cluster. */
export interface ClusterNode {
  readonly host: string;
  /** Such as `PRIMARY`, `SECONDARY` or `RECOVERING`. */
  readonly role: string;
}

/** The servers of a replica set. A project tells of all its clusters' together; names begin with that of the cluster. */
export async function clusterNodes(
  client: AtlasClient,
  { projectId, cluster }: ClusterPlace,
): Promise<ClusterNode[]> {
  const call = { operation: operations.listProcesses, parameters: { groupId: projectId } };
  const processes = await client.list(call, processAnswer);
  return processes
    .map(({ hostname, typeName, userAlias }) => ({
      host: userAlias ?? hostname,
      role: typeName.replace("REPLICA_", ""),
    }))
    .filter(({ host }) => host.startsWith(`${cluster.toLowerCase()}-shard-`));
}
