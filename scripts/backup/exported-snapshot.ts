import { OperatorError } from "../cli/errors.ts";
import { type BackupLocation, readAll, type StoredFile } from "./location.ts";

/**
 * A snapshot that Atlas exported to a bucket. The format, with the files of a replica set:
 * https://www.mongodb.com/docs/atlas/backup/cloud-backup/export/
 *
 *     exported_snapshots/ORG/PROJECT/CLUSTER/2026-11-30T0130/1764466200/.complete
 *     exported_snapshots/ORG/PROJECT/CLUSTER/2026-11-30T0130/1764466200/ecobeat/users/metadata.json
 *     exported_snapshots/ORG/PROJECT/CLUSTER/2026-11-30T0130/1764466200/ecobeat/users/atlas-abc123-shard-0.0.json.gz
 */
export interface ExportedSnapshot {
  /** Path of its folder: empty, or ending in a slash. */
  readonly path: string;
  readonly clusterName: string;
  /** When Atlas took the snapshot: the export has the data as of then. */
  readonly takenAt: Date;
  readonly files: readonly StoredFile[];
}

/** An export whose files were not counted yet. */
interface FoundExport extends Omit<ExportedSnapshot, "files"> {
  /** How many files it has at least. */
  readonly totalFiles: number;
}

/** Atlas uploads it last. */
const markerName = ".complete";

/** A file of an export, below its folder. */
const exportFile = /^(?:.*\/)?\d{4}-\d\d-\d\dT\d{4}\/\d+\//;

/**
 * Chooses an export.
 *
 * @param location the bucket, a folder of exports, or that of one export
 * @param before selects the newest snapshot that was taken by then. @default the newest one
 * @throws {OperatorError} if there is none, it is incomplete, or the location holds several clusters
 */
export async function chooseExport(location: BackupLocation, before?: Date): Promise<ExportedSnapshot> {
  const files = await location.list();
  const markers = files.filter(({ path }) => path === markerName || path.endsWith(`/${markerName}`));
  const found = await Promise.all(markers.map(({ path }) => readMarker(location, path)));
  const clusters = new Set(found.map(({ clusterName }) => clusterName));
  if (clusters.size > 1) {
    throw new OperatorError("export-of-several-clusters", {
      what: `${location.address} holds exports of the clusters ${[...clusters].join(", ")}.`,
      why: "The newest one may be that of another cluster.",
      action: "Add the path of one cluster to the location: exported_snapshots/ORGANIZATION/PROJECT/CLUSTER.",
    });
  }
  const [newest] = found
    .filter(({ takenAt }) => !before || takenAt <= before)
    .sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  // Only the chosen one: the oldest export loses its files one after the other when they expire.
  if (newest) return requireAllFiles(location, newest, files);
  const isIncomplete =
    found.length === 0 && files.some(({ path }) => exportFile.test(path) || path.endsWith(".json.gz"));
  throw new OperatorError("export-not-found", {
    what: `${location.address} has no complete export${before ? ` of a snapshot from before ${before.toISOString()}` : ""}.`,
    why: isIncomplete
      ? `It holds files of an export without ${markerName}: Atlas still writes it, or the export failed.`
      : "The location is another one, or its exports are newer.",
    action:
      "Look for the export job in Atlas, `atlas backups exports jobs list CLUSTER`, and choose another location or time.",
  });
}

async function readMarker(location: BackupLocation, path: string): Promise<FoundExport> {
  const bytes = await readAll(location, path);
  try {
    const { clusterName, snapshotInitiationDate, totalFiles = 0 } = JSON.parse(bytes.toString());
    const takenAt = new Date(snapshotInitiationDate);
    if (Number.isNaN(takenAt.getTime())) throw new Error(`its snapshotInitiationDate is ${snapshotInitiationDate}`);
    return { path: path.slice(0, -markerName.length), clusterName: String(clusterName), takenAt, totalFiles };
  } catch (error) {
    throw new OperatorError("export-marker-invalid", {
      what: `${path} in ${location.address} does not describe an export.`,
      why: `Reading it failed: ${(error as Error).message}.`,
      action: "Give the folder of another export as the location.",
      cause: error,
    });
  }
}

function requireAllFiles(
  location: BackupLocation,
  { totalFiles, ...chosen }: FoundExport,
  files: readonly StoredFile[],
): ExportedSnapshot {
  const own = files.filter(({ path }) => path.startsWith(chosen.path));
  // It is not documented which files the number contains, but these are all.
  if (own.length >= totalFiles) return { ...chosen, files: own };
  throw new OperatorError("export-incomplete", {
    what: `The export ${chosen.path} in ${location.address} is not complete.`,
    why: `Its file ${markerName} names ${totalFiles} files, and there are ${own.length}.`,
    action: "Give the folder of another export as the location, or export the snapshot again.",
  });
}

/** The files of a collection in an export. */
export interface ExportedCollection {
  /** Name of its folder. */
  readonly folder: string;
  readonly metadata: string | undefined;
  /** Paths of its documents, in the order of their numbers. */
  readonly data: readonly string[];
}

/**
 * The collections of a database in an export.
 * @throws {OperatorError} if the export does not contain the database, or lacks files
 */
export function findCollections({ path, files }: ExportedSnapshot, database: string): ExportedCollection[] {
  const folders = new Map<string, string[]>();
  const databases = new Set<string>();
  for (const file of files) {
    const [, name, folder] = /^([^/]+)\/(.+)\/[^/]+$/.exec(file.path.slice(path.length)) ?? [];
    if (name === undefined || folder === undefined) continue;
    databases.add(name);
    if (name === database) folders.set(folder, [...(folders.get(folder) ?? []), file.path]);
  }
  if (folders.size === 0) {
    throw new OperatorError("export-without-database", {
      what: `The export ${path} does not contain the database ${database}.`,
      why: `Its databases are ${[...databases].join(", ") || "none"}.`,
      action: "Name one of them with --database.",
    });
  }
  return [...folders].map(([folder, paths]) => {
    const metadata = paths.find((each) => each.endsWith("/metadata.json"));
    const data = paths.filter((each) => each !== metadata);
    return { folder, metadata, data: sortParts(folder, data) };
  });
}

/** Parts have the name of the replica set, and numbers from 0. */
function sortParts(folder: string, paths: readonly string[]): string[] {
  const parts = paths.map((path) => {
    const [, shard, number] = /\/([^/]+)\.(\d+)\.json\.gz$/.exec(path) ?? [];
    if (shard !== undefined) return { path, shard, number: Number(number) };
    throw new OperatorError("export-file-unknown", {
      what: `The export has an unknown file in ${folder}: ${path}.`,
      why: "It may hold documents, which the command would leave out.",
      action: "Compare it with the format that Atlas documents, and move it if it holds none.",
    });
  });
  parts.sort((a, b) => (a.shard === b.shard ? a.number - b.number : a.shard < b.shard ? -1 : 1));
  let expected = 0;
  let previous: string | undefined;
  for (const { shard, number } of parts) {
    if (shard !== previous) expected = 0;
    if (number !== expected) {
      throw new OperatorError("export-part-missing", {
        what: `The export lacks a part of ${folder}.`,
        why: `Part ${number} of ${shard} exists, and part ${expected} does not.`,
        action: "Choose another export, or export the snapshot again.",
      });
    }
    previous = shard;
    expected = number + 1;
  }
  return parts.map(({ path }) => path);
}
