import type { Db } from "mongodb";
import { missingIndexes } from "../../service/platform/indexes.ts";
import { newActivity } from "./phone.ts";
import { isAsSent } from "./probe.ts";
import { bulkUserPrefix, type Seed } from "./seed.ts";
import type { AcceptedWrite } from "./traffic.ts";

/** What was looked at after a recovery. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found. */
  readonly detail: string;
}

/** What there must be after a recovery. */
export interface Expected {
  readonly database: Db;
  readonly seed: Seed;
  /** All writes that the service confirmed, in order. */
  readonly accepted: readonly AcceptedWrite[];
  /** Writes confirmed before this moment must not be lost. */
  readonly keptUntil: number;
}

/** What checks found. */
export interface Found {
  readonly checks: readonly Check[];
  /** Confirmed writes that are gone, in order. */
  readonly lost: readonly AcceptedWrite[];
}

/** Looks at the service as its users do, and at what they cannot see: indexes, and the number of documents. */
export async function checkService(expected: Expected): Promise<Found> {
  const { lost, checks } = await checkWrites(expected);
  return {
    lost,
    checks: [
      await check("a user logs in", () => logIn(expected)),
      ...checks,
      await check("documents are counted", () => count(expected)),
      await check("a new activity is stored", () => recordNew(expected)),
      await check("indexes are there", () => indexes(expected)),
    ],
  };
}

/** @param look says what it found, and throws an error that says what is wrong */
async function check(name: string, look: () => Promise<string>): Promise<Check> {
  return look().then(
    (detail) => ({ name, passed: true, detail }),
    (error: Error) => ({ name, passed: false, detail: error.message }),
  );
}

/** Somebody else than the probe, who did so before anything was checked. */
async function logIn({ seed }: Expected): Promise<string> {
  const status = await seed.phones[1]!.another().logIn();
  if (status !== 200) throw new Error(`login answered ${status}`);
  return "with the password of before";
}

async function checkWrites({
  accepted,
  keptUntil,
}: Expected): Promise<{ lost: AcceptedWrite[]; checks: Check[] }> {
  const lost: AcceptedWrite[] = [];
  const wrong: AcceptedWrite[] = [];
  const read = await check("users' activities are read", async () => {
    for (const phone of new Set(accepted.map((write) => write.phone))) {
      const all = await phone.all();
      for (const write of accepted.filter((each) => each.phone === phone)) {
        const found = all.get(write.activity.id);
        if (!found) lost.push(write);
        else if (!isAsSent(found, write.activity)) wrong.push(write);
      }
    }
    return `of ${accepted.length} confirmed writes ${lost.length} are gone`;
  });
  lost.sort((a, b) => a.at - b.at);
  const kept = await check("what must not be lost is there, as it was sent", async () => {
    const missing = lost.filter(({ at }) => at < keptUntil);
    if (missing.length > 0) throw new Error(`${missing.length} writes are missing`);
    if (wrong.length > 0) throw new Error(`${wrong.length} writes are not as they were sent`);
    const writes = accepted.filter(({ at }) => at < keptUntil);
    return `${writes.length} writes, the newest of ${new Date(writes.at(-1)?.at ?? 0).toISOString()}`;
  });
  return { lost, checks: [read, kept] };
}

async function count({ database, seed }: Expected): Promise<string> {
  const [activities, users] = await Promise.all([
    database
      .collection("activities")
      .countDocuments({ userId: { $gte: bulkUserPrefix, $lt: `${bulkUserPrefix}~` } }),
    database
      .collection<{ _id: string }>("users")
      .countDocuments({ _id: { $gte: bulkUserPrefix, $lt: `${bulkUserPrefix}~` } }),
  ]);
  const text = `${activities} of ${seed.bulkActivities} activities, ${users} of ${seed.bulkUsers} users`;
  if (activities !== seed.bulkActivities || users !== seed.bulkUsers) throw new Error(text);
  return text;
}

async function recordNew({ seed }: Expected): Promise<string> {
  if (!(await seed.phones[0]!.record(newActivity(Date.now())))) throw new Error("it was refused");
  return "by the phone that went through it all";
}

async function indexes({ database }: Expected): Promise<string> {
  const missing = await missingIndexes(database);
  if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
  return "all that the service declares";
}
