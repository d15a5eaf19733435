import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Collection, MongoClient } from "mongodb";
import { BackupProcesses } from "./backup-process.ts";
import { type Section, toLimitRow, toRatioRow } from "./report.ts";

const documents = 1_000_000;
const batch = 1_000;

/** About as much as one of a user's activities. */
const document = (serial: number) => ({
  _id: serial,
  userId: `user-${serial % 10_000}`,
  kind: ["bicycle", "train", "meal", "repair"][serial % 4],
  grams: serial % 5_000,
  occurredAt: new Date(1_760_000_000_000 + serial * 1_000),
  createdAt: new Date(1_760_000_000_000 + serial * 1_001),
});

/**
 * What a backup and its restore cost, beside the work that they cannot do without.
 * @param uri of a database server, on which databases of chance names are made and dropped
 */
export async function backup(uri: string): Promise<Section> {
  const client = new MongoClient(uri);
  const [source, target] = [client.db(name()), client.db(name())];
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-bench-backup-"));
  const processes = new BackupProcesses();
  await processes.compile("external");
  const place = (database: string) => {
    const url = new URL(uri);
    url.pathname = `/${database}`;
    return url.href;
  };
  try {
    const inserted = await seconds(() => insertAll(source.collection("activities")));
    const drained = await seconds(() => drain(source.collection("activities")));
    let [dumpMegabytes, restoreMegabytes] = [0, 0];
    const dumped = await seconds(async () => {
      dumpMegabytes = await run(
        processes,
        ["backup", "create", "--location", folder],
        place(source.databaseName),
      );
    });
    const restored = await seconds(async () => {
      restoreMegabytes = await run(processes, ["restore", "--location", folder], place(target.databaseName));
    });
    return {
      title: `Backup of ${documents} documents`,
      note: "In processes of their own, from their start to their end. A restore verifies the backup and reads all back.",
      rows: [
        { label: "a cursor drained to nothing", value: rate(drained) },
        { label: "backup create, to a folder", value: rate(dumped) },
        toRatioRow("its time to the cursor's", dumped / drained, 2),
        { label: "insertMany", value: rate(inserted) },
        { label: "restore", value: rate(restored) },
        toRatioRow("its time to insertMany's", restored / inserted, 2),
        memory("memory of backup create", dumpMegabytes, 150),
        memory("memory of restore", restoreMegabytes, 150),
      ],
    };
  } finally {
    await Promise.all([source.dropDatabase(), target.dropDatabase()]);
    await Promise.all([client.close(), processes.remove(), rm(folder, { recursive: true })]);
  }
}

const name = () => `ecobeat_bench_${randomUUID().slice(0, 8)}`;

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

async function insertAll(collection: Collection<{ _id: number }>): Promise<void> {
  for (let first = 0; first < documents; first += batch) {
    await collection.insertMany(Array.from({ length: batch }, (_, i) => document(first + i)));
  }
}

async function drain(collection: Collection): Promise<void> {
  for await (const _ of collection.find());
}

async function run(processes: BackupProcesses, args: string[], MONGODB_URI: string): Promise<number> {
  const { ended, megabytes } = await processes.measureMemory(args, { MONGODB_URI });
  if (ended.code !== 0) throw new Error(`${args.join(" ")} failed:\n${ended.output}`);
  return megabytes;
}

const rate = (seconds: number): string => `${Math.round(documents / seconds)}/s`;

const memory = (label: string, megabytes: number, limit: number) =>
  toLimitRow(label, megabytes, limit, (value) => `${value.toFixed(0)} MB`);
