import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Db, MongoClient } from "mongodb";
import { median } from "../scripts/sizing/statistics.ts";
import { BackupProcesses } from "./backup-process.ts";
import { type Row, type Section, toLimitRow, toPeerRow } from "./report.ts";

const execute = promisify(execFile);

const batch = 1_000;

/** Of each command. They take turns. */
const rounds = 3;

/** About as large as an activity of a user. */
const document = (serial: number) => ({
  _id: serial,
  userId: `user-${serial % 10_000}`,
  kind: ["bicycle", "train", "meal", "repair"][serial % 4],
  grams: serial % 5_000,
  occurredAt: new Date(1_760_000_000_000 + serial * 1_000),
  createdAt: new Date(1_760_000_000_000 + serial * 1_001),
});

/**
 * Measures a backup and its restore next to those of the MongoDB database tools, and to reading and inserting the same documents.
 * @param uri of a database server, on which databases with random names are created and dropped
 * @param documents how many
 */
export async function measureBackup(uri: string, documents: number): Promise<Section> {
  const client = new MongoClient(uri);
  const [source, target] = [client.db(createName()), client.db(createName())];
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-bench-backup-"));
  const [location, archive] = [join(folder, "location"), `--archive=${join(folder, "archive")}`];
  const processes = new BackupProcesses();
  await processes.compile("external");
  /** Runs a command on a database, and returns the maximum of its memory. */
  const run = async ({ databaseName }: Db, ...args: string[]) => {
    const url = new URL(uri);
    url.pathname = `/${databaseName}`;
    const { ended, megabytes } = await processes.measureMemory(args, { MONGODB_URI: url.href });
    if (ended.code !== 0) throw new Error(`${args.join(" ")} failed:\n${ended.output}`);
    return megabytes;
  };
  const seconds = new Map<string, number[]>();
  const measure = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    seconds.set(label, [...(seconds.get(label) ?? []), (performance.now() - startedAt) / 1_000]);
    return result;
  };
  try {
    const activities = source.collection<{ _id: number }>("activities");
    await measure("insertMany", async () => {
      for (let first = 0; first < documents; first += batch) {
        const length = Math.min(batch, documents - first);
        await activities.insertMany(Array.from({ length }, (_, i) => document(first + i)));
      }
    });
    await measure("a cursor", async () => {
      for await (const _ of activities.find());
    });
    const hasTools = await execute("mongodump", ["--version"]).then(
      () => execute("mongorestore", ["--version"]).then(() => true),
      () => false,
    );
    const megabytes = { create: 0, restore: 0 };
    for (let round = 0; round < rounds; round++) {
      await rm(location, { recursive: true, force: true });
      const created = await measure("backup create", () => run(source, "backup", "create", "--location", location));
      megabytes.create = Math.max(megabytes.create, created);
      if (hasTools) {
        const dump = ["--uri", uri, "--db", source.databaseName, "--gzip", archive];
        await measure("mongodump", () => execute("mongodump", dump));
      }
      const restored = await measure("restore", () => run(target, "restore", "--location", location));
      megabytes.restore = Math.max(megabytes.restore, restored);
      await target.dropDatabase();
      if (hasTools) {
        const names = [`--nsFrom=${source.databaseName}.*`, `--nsTo=${target.databaseName}.*`];
        await measure("mongorestore", () => execute("mongorestore", ["--uri", uri, "--gzip", archive, ...names]));
        await target.dropDatabase();
      }
    }
    const toRow = (label: string, peer: string, atMost: number): Row => {
      const [value, peerValue] = [label, peer].map((name) => median(seconds.get(name)!)) as [number, number];
      return toPeerRow(label, value, { name: peer, value: peerValue }, (value) => `${value.toFixed(1)} s`, { atMost });
    };
    return {
      title: `Backup of ${documents} documents`,
      note:
        `Medians of ${rounds}, in turns, in separate processes including their start. \`backup create\` writes to a folder. \`restore\` ` +
        "verifies the backup before it writes, and then reads all documents back, which mongorestore does not. " +
        (hasTools
          ? "The tools run with `--gzip --archive`."
          : "Not compared with mongodump and mongorestore: they are not on the `PATH`."),
      rows: [
        ...(hasTools ? [toRow("backup create", "mongodump", 0.8), toRow("restore", "mongorestore", 1)] : []),
        toRow("backup create", "a cursor", 2),
        toRow("restore", "insertMany", 2),
        toMemoryRow("memory of backup create", megabytes.create),
        toMemoryRow("memory of restore", megabytes.restore),
      ],
    };
  } finally {
    await Promise.all([source.dropDatabase(), target.dropDatabase()]);
    await Promise.all([client.close(), processes.remove(), rm(folder, { recursive: true })]);
  }
}

const createName = () => `ecobeat_bench_${randomUUID().slice(0, 8)}`;

const toMemoryRow = (label: string, megabytes: number) =>
  toLimitRow(label, megabytes, 150, (value) => `${value.toFixed(0)} MB`);
