import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Db, MongoClient } from "mongodb";
import { BackupProcesses } from "./backup-process.ts";
import { type Section, toLimitRow, toRatioRow } from "./report.ts";

const documents = 1_000_000;
const batch = 1_000;

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
 * Measures a backup and its restore, relative to reading and inserting the same documents.
 * @param uri of a database server, on which databases with random names are created and dropped
 */
export async function backup(uri: string): Promise<Section> {
  const client = new MongoClient(uri);
  const [source, target] = [client.db(createName()), client.db(createName())];
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-bench-backup-"));
  const processes = new BackupProcesses();
  await processes.compile("external");
  /** Runs a command on a database. */
  const run = async ({ databaseName }: Db, ...args: string[]) => {
    const url = new URL(uri);
    url.pathname = `/${databaseName}`;
    let megabytes = 0;
    const seconds = await measureSeconds(async () => {
      const result = await processes.measureMemory(args, { MONGODB_URI: url.href });
      if (result.ended.code !== 0) throw new Error(`${args.join(" ")} failed:\n${result.ended.output}`);
      megabytes = result.megabytes;
    });
    return { seconds, megabytes };
  };
  try {
    const activities = source.collection<{ _id: number }>("activities");
    const insertSeconds = await measureSeconds(async () => {
      for (let first = 0; first < documents; first += batch) {
        await activities.insertMany(Array.from({ length: batch }, (_, i) => document(first + i)));
      }
    });
    const readSeconds = await measureSeconds(async () => {
      for await (const _ of activities.find());
    });
    const dump = await run(source, "backup", "create", "--location", folder);
    const restore = await run(target, "restore", "--location", folder);
    return {
      title: `Backup of ${documents} documents`,
      note: "In separate processes, including their start. A restore verifies the backup and reads all documents back.",
      rows: [
        { label: "reading with a cursor", value: toRate(readSeconds) },
        { label: "backup create, to a folder", value: toRate(dump.seconds) },
        toRatioRow("time relative to the cursor", dump.seconds / readSeconds, 2),
        { label: "insertMany", value: toRate(insertSeconds) },
        { label: "restore", value: toRate(restore.seconds) },
        toRatioRow("time relative to insertMany", restore.seconds / insertSeconds, 2),
        toMemoryRow("memory of backup create", dump.megabytes),
        toMemoryRow("memory of restore", restore.megabytes),
      ],
    };
  } finally {
    await Promise.all([source.dropDatabase(), target.dropDatabase()]);
    await Promise.all([client.close(), processes.remove(), rm(folder, { recursive: true })]);
  }
}

const createName = () => `ecobeat_bench_${randomUUID().slice(0, 8)}`;

async function measureSeconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

const toRate = (seconds: number): string => `${Math.round(documents / seconds)}/s`;

const toMemoryRow = (label: string, megabytes: number) =>
  toLimitRow(label, megabytes, 150, (value) => `${value.toFixed(0)} MB`);
