import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { findRaw, findResumable } from "../scripts/backup/raw-documents.ts";
import { createDatabaseUri } from "../scripts/drill/local-services.ts";
import type { DrillReport } from "../scripts/drill/report.ts";
import { runDrills } from "../scripts/drill/run-drills.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { type Activity, toActivityKey } from "../service/activities/repository.ts";
import { connectMongo } from "../service/platform/mongo.ts";
import { type Row, type Section, toPeerRow } from "./report.ts";

/** Size of an activity as BSON: docs/adr/0055-short-keys-of-activities.md. */
const activityBytes = 262;

/** Megabytes of activities. */
const sizes = [25, 75, 150];

const targets = { rtoSeconds: 15 * 60, rpoSeconds: 4 * 3_600 };

/**
 * Drills `database-lost` at three sizes: it creates a backup, drops the database, restores the backup, and checks it.
 * @throws {Error} if a drill fails
 */
export async function* measureRecovery(): AsyncGenerator<Section> {
  yield await measureOrder(200_000);
  for (const megabytes of sizes) {
    const documents = Math.round((megabytes * 1e6) / activityBytes);
    const options = { scenario: ["database-lost"], documents, writeSeconds: 3, outageSeconds: 30, targets };
    const [report] = await runDrills(options, (line) => console.error(line));
    yield toSection(megabytes, report!);
  }
}

function toSection(megabytes: number, { documents, phases, rto, failure }: DrillReport): Section {
  if (rto.seconds === null) throw new Error(`The drill with ${documents} activities failed: ${failure}`);
  const toRow = (label: string, name: string): Row => {
    const { seconds } = phases.find((phase) => phase.name === name)!;
    return { label, value: `${seconds.toFixed(1)} s`, peer: `${(megabytes / seconds).toFixed(1)} MB/s` };
  };
  return {
    title: `Recovery of ${megabytes} MB, ${documents} activities`,
    note: "A drill: `database-lost`. Each with the start of its command. The last row does not contain the minutes of people.",
    rows: [
      toRow("create a backup", "a backup is created"),
      toRow("restore and compare it", "restore-database: step 3"),
      { label: "from the disaster to the last check", value: `${rto.seconds.toFixed(1)} s` },
    ],
  };
}

const rounds = 3;

/** The time to read a collection in the order of `_id`, which can resume, and as the server stores it. */
async function measureOrder(documents: number): Promise<Section> {
  const database = await connectMongo(createDatabaseUri(process.env.MONGODB_URI!, "bench"));
  try {
    await fill(database, documents);
    const seconds = { resumable: [] as number[], stored: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      seconds.stored.push(await time(findRaw(database, "activities")));
      seconds.resumable.push(await time(findResumable(database, "activities")));
    }
    const peer = { name: "as stored", value: median(seconds.stored) };
    return {
      title: `Reading ${documents} activities`,
      note: `Medians of ${rounds}, in turns.`,
      rows: [toPeerRow("in the order of _id", median(seconds.resumable), peer, (value) => `${value.toFixed(1)} s`)],
    };
  } finally {
    await database.dropDatabase();
    await database.client.close();
  }
}

async function fill(database: Db, documents: number): Promise<void> {
  const at = new Date();
  const rest = { occurredAt: at, kind: "bike_trip", quantity: 5, note: null, co2eGrams: 850 };
  const dates = { kindsVersion: 1, createdAt: at, updatedAt: at, version: 1 };
  for (let from = 0; from < documents; from += 1_000) {
    const activities = Array.from({ length: Math.min(1_000, documents - from) }, (): Activity => {
      const userId = randomUUID();
      return { _id: toActivityKey(userId, randomUUID()), userId, ...rest, ...dates };
    });
    await database.collection<Activity>("activities").insertMany(activities);
  }
}

async function time(responses: AsyncIterable<Iterable<Buffer>>): Promise<number> {
  const startedAt = performance.now();
  for await (const documents of responses) for (const _ of documents);
  return (performance.now() - startedAt) / 1_000;
}
