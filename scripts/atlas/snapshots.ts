import type { DeployedEnvironment } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Snapshot } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { findBackedUpCluster } from "./clusters.ts";
import { operations, type PlannedCall, toCliCommand, toPlannedCall } from "./operations.ts";
import { type Operator, waitForCompletion } from "./waiting.ts";

/** Retention of an on-demand snapshot. */
const retentionDays = 7;

/**
 * Takes an on-demand snapshot, and waits until it is completed. If one is already in progress, waits for that one: Atlas
 * takes one at a time.
 *
 * @param description is stored with the snapshot
 * @throws {OperatorError} if the cluster is a Flex cluster, or the snapshot fails
 */
export async function takeSnapshot(
  client: AtlasClient,
  environment: DeployedEnvironment,
  description: string,
  operator: Omit<Operator, "confirm">,
): Promise<Snapshot> {
  const { backups, ref } = await findBackedUpCluster(client, environment);
  const pending = findPending(await backups.listSnapshots());
  const { id } = pending ?? (await backups.takeSnapshot(description, retentionDays));
  const parameters = { groupId: ref.projectId, clusterName: ref.cluster, snapshotId: id };
  operator.log(`${pending ? "continuing to wait for" : "began"} snapshot ${id}`);
  const snapshot = await waitForCompletion(
    {
      what: `snapshot ${id}`,
      read: (signal) => backups.getSnapshot(id, signal),
      isDone: ({ state }) => state !== "pending",
      follow: toCliCommand({ operation: operations.getSnapshot, parameters }),
      timeoutMinutes: 60,
    },
    client.time,
    operator,
  );
  if (snapshot.state === "completed") return snapshot;
  throw new OperatorError("atlas-snapshot-failed", {
    what: `The snapshot ${id} failed.`,
    why: "Atlas could not take it.",
    action:
      "Open a support case with MongoDB. Until then, create our own dump: " +
      `npm run ops -- backup create --environment ${environment}`,
  });
}

/** The call of {@link takeSnapshot}, which this does not make; none if a snapshot is already in progress. */
export async function planSnapshot(
  client: AtlasClient,
  environment: DeployedEnvironment,
  description: string,
): Promise<PlannedCall[]> {
  const { backups } = await findBackedUpCluster(client, environment);
  if (findPending(await backups.listSnapshots())) return [];
  return [toPlannedCall(backups.toSnapshotCall(description, retentionDays))];
}

const findPending = (snapshots: readonly Snapshot[]): Snapshot | undefined =>
  snapshots.find(({ state, frequency }) => state === "pending" && frequency === "onDemand");

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
      expiresAt && `expires ${expiresAt}`,
    ]
      .filter(Boolean)
      .join("  "),
  );
