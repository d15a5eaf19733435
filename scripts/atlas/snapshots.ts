import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { findBackedUpCluster } from "./clusters.ts";
import { operations, toCliCommand } from "./operations.ts";
import type { Operator } from "./restore.ts";
import { waitForCompletion } from "./waiting.ts";

/** Days for which a snapshot beside the schedule's is kept. */
const retentionDays = 7;
const timeoutMinutes = 60;

/**
 * Takes a snapshot now, and waits until it is completed. Goes on waiting for one that is on its way already: Atlas takes one
 * at a time.
 *
 * @param why is kept with the snapshot
 * @throws {ConfigurationError} if the cluster is a Flex cluster, or the snapshot fails
 */
export async function takeSnapshot(
  client: AtlasClient,
  environment: DeployedEnvironment,
  why: string,
  { log, interruptible }: Pick<Operator, "log" | "interruptible">,
): Promise<Snapshot> {
  const { backups, ref } = await findBackedUpCluster(client, environment);
  const onItsWay = (await backups.listSnapshots()).find(
    ({ state, frequency }) => state === "pending" && frequency === "onDemand",
  );
  const { id } = onItsWay ?? (await backups.takeSnapshot(why, retentionDays));
  const parameters = { groupId: ref.projectId, clusterName: ref.cluster, snapshotId: id };
  const follow = toCliCommand({ operation: operations.getSnapshot, parameters });
  log(`${onItsWay ? "going on to wait for" : "began"} snapshot ${id}`);
  const snapshot = await interruptible(
    { why: "Atlas continues the snapshot.", action: `Follow it with: ${follow}` },
    (signal) =>
      waitForCompletion(
        { time: client.time, what: `snapshot ${id}`, timeoutMinutes, follow, log, signal },
        () => backups.getSnapshot(id, signal),
        ({ state }) => state !== "pending",
      ),
  );
  if (snapshot.state === "completed") return snapshot;
  throw new ConfigurationError(
    `The snapshot ${id} has failed: it was Atlas's to take. Open a case with MongoDB; until then make a dump of our own with ` +
      "`npm run ops -- backup create --to PLACE`.",
  );
}

/** A line for each snapshot. */
export const formatSnapshots = (snapshots: readonly Snapshot[]): string[] =>
  snapshots.map(({ id, state, takenAt, expiresAt, frequency, bytes, version }) =>
    [
      id,
      takenAt ?? "not yet taken",
      state,
      frequency,
      bytes !== undefined && `${(bytes / 1e6).toFixed(1)} MB`,
      version && `MongoDB ${version}`,
      expiresAt && `kept until ${expiresAt}`,
    ]
      .filter(Boolean)
      .join("  "),
  );
