import { OperatorError } from "../cli/errors.ts";
import { type ClusterRef, isSameCluster, type RestorePoint } from "./backups.ts";
import type { AtlasClient } from "./client.ts";
import { type Cluster, type EnvironmentCluster, findCluster } from "./clusters.ts";

/**
 * The cluster that receives the data.
 *
 * @param replace its name again, if it is the environment's own cluster
 * @throws {OperatorError} if it does not exist, or cannot receive any data now
 */
export async function findTarget(
  client: AtlasClient,
  source: EnvironmentCluster,
  target: ClusterRef,
  replace: string | undefined,
): Promise<Cluster> {
  const { cluster: name } = target;
  if (isSameCluster(source.ref, target) && replace !== name) {
    throw new OperatorError("restore-target-is-source", {
      what: `${name} is the environment's own cluster.`,
      why: "The restore would delete everything written since.",
      action: `Restore into another cluster, or add --replace ${name}.`,
    });
  }
  const cluster = await findCluster(client, target);
  if (!cluster) {
    throw new OperatorError("restore-target-not-found", {
      what: `The target's project has no cluster ${name}.`,
      why: "Atlas restores only into an existing cluster.",
      action:
        "Correct the name, or create a cluster with the same version of MongoDB and at least the same disk size: see the " +
        "runbook `restore-from-atlas`.",
    });
  }
  if (cluster.kind === "flex") {
    throw new OperatorError("restore-target-is-flex", {
      what: `${name} is a Flex cluster.`,
      why: "It cannot receive the backup of a dedicated cluster.",
      action: "Create an M10 or larger, and restore into it.",
    });
  }
  if (cluster.stateName !== "IDLE" || cluster.paused) {
    throw new OperatorError("restore-target-not-idle", {
      what: `The cluster ${name} is ${cluster.paused ? "paused" : cluster.stateName}.`,
      why: "Atlas restores only into a running cluster that is IDLE.",
      action: "Resume it if it is paused, wait until `atlas clusters describe` shows IDLE, and run this again.",
    });
  }
  return cluster;
}

/**
 * Compares the target with what is restored. Of a deleted cluster, only its snapshot is known.
 *
 * @throws {OperatorError} if Atlas cannot restore into the target
 */
export async function checkSettings(source: EnvironmentCluster, target: Cluster, point: RestorePoint): Promise<void> {
  const { cluster, backups } = source;
  const snapshot = "snapshotId" in point ? await backups.getSnapshot(point.snapshotId) : undefined;
  // Atlas names the key of AWS only: https://www.mongodb.com/docs/atlas/backup/cloud-backup/restore-from-ear/
  const provider = cluster?.encryptionAtRestProvider ?? (snapshot?.keyId && "AWS");
  const { encryptionAtRestProvider: targetProvider = "NONE" } = target;
  if (provider && provider !== targetProvider) {
    throw new OperatorError("restore-encryption-differs", {
      what: `The backup has the encryption provider ${provider}, and ${target.name} has ${targetProvider}.`,
      why: "Atlas restores only into a cluster with the same encryption provider, and only while it can use the backup's key.",
      action: `Restore into a cluster with the provider ${provider}. In another project, its key must be in the same region.`,
    });
  }
  const version = toMajorVersion(snapshot?.version ?? cluster?.mongoDBVersion);
  if (version && version !== toMajorVersion(target.mongoDBVersion)) {
    throw new OperatorError("restore-version-differs", {
      what: `The backup is of MongoDB ${version}, and ${target.name} runs ${target.mongoDBVersion}.`,
      why: "Another major version may not be able to read the files of the backup.",
      action: `Create a cluster with MongoDB ${version}, and restore into it.`,
    });
  }
  const gigabytes = cluster?.diskSizeGB ?? (snapshot?.bytes && Math.ceil(snapshot.bytes / 1e9));
  if (gigabytes && target.diskSizeGB && target.diskSizeGB < gigabytes) {
    throw new OperatorError("restore-disk-too-small", {
      what: `The backup needs a disk of ${gigabytes} GB, and ${target.name} has ${target.diskSizeGB} GB.`,
      why: "A smaller disk may not hold the data.",
      action: `Enlarge the disk of ${target.name} to ${gigabytes} GB, or choose another target.`,
    });
  }
}

/** Such as `8.0` for `8.0.15`. */
const toMajorVersion = (version: string | undefined): string | undefined => version?.split(".").slice(0, 2).join(".");
