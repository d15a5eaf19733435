import { setTimeout as wait } from "node:timers/promises";
import type { Db } from "mongodb";
import { missingIndexes } from "../../service/platform/indexes.ts";
import { type ApiClient, type ConfirmedWrite, createActivity, type SentActivity } from "./api-client.ts";
import { bulkUserPrefix, type Seed } from "./seed.ts";

const pauseMilliseconds = 250;
const waitMilliseconds = 120_000;

/** Looks at the service from outside as monitoring does: its health, whether a known account's data are right, and whether it can log in. */
export class Probe {
  readonly #api: string;
  readonly #client: ApiClient;
  readonly #known: SentActivity;

  private constructor(api: string, client: ApiClient, known: SentActivity) {
    this.#api = api;
    this.#client = client;
    this.#known = known;
  }

  /** @param account one that is there, for the probe alone */
  static async create(api: string, client: ApiClient): Promise<Probe> {
    const known = createActivity(Date.now());
    if (!(await client.record(known))) throw new Error("The probe's activity was not stored.");
    return new Probe(api, client, known);
  }

  /** Whether all is well for whoever has logged in. */
  async #isWell(): Promise<boolean> {
    const health = await fetch(`${this.#api}/health/ready`).catch(() => undefined);
    return health?.status === 200 && isAsSent(await this.#client.findActivity(this.#known.id), this.#known);
  }

  /** Asks the other function, which may be well later. On another client, so that this one's session is that of before. */
  async #canLogIn(): Promise<boolean> {
    return (await this.#client.createSecondClient().logIn()) === 200;
  }

  /**
   * Waits until all is well, or until it is not. It logs in only when all else is well, as logins have limits.
   * @throws if that takes more than two minutes
   */
  async waitUntil(well: boolean): Promise<void> {
    const end = Date.now() + waitMilliseconds;
    while ((await this.#isWell()) !== well || (well && !(await this.#canLogIn()))) {
      if (Date.now() > end) {
        throw new Error(
          well
            ? "The service is not well again, two minutes after the last step."
            : "Nobody noticed the disaster for two minutes: the service's health is good.",
        );
      }
      await wait(pauseMilliseconds);
    }
  }
}

/** What was looked at after a recovery. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found. */
  readonly detail: string;
}

/** What there must be after a recovery. */
export interface ExpectedState {
  readonly database: Db;
  readonly seed: Seed;
  /** All writes that the service confirmed, in order. */
  readonly confirmed: readonly ConfirmedWrite[];
  /** Writes confirmed before this time must not be lost. */
  readonly recoveryPoint: number;
}

/** What checks found. */
export interface CheckResults {
  readonly checks: readonly Check[];
  /** Confirmed writes that are gone, in order. */
  readonly lost: readonly ConfirmedWrite[];
}

/** Looks at the service as its users do, and at what they cannot see: indexes, and the number of documents. */
export async function checkService(expected: ExpectedState): Promise<CheckResults> {
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
async function logIn({ seed }: ExpectedState): Promise<string> {
  const status = await seed.clients[1]!.createSecondClient().logIn();
  if (status !== 200) throw new Error(`login answered ${status}`);
  return "with the password of before";
}

async function checkWrites({
  confirmed,
  recoveryPoint,
}: ExpectedState): Promise<{ lost: ConfirmedWrite[]; checks: Check[] }> {
  const lost: ConfirmedWrite[] = [];
  const wrong: ConfirmedWrite[] = [];
  const read = await check("users' activities are read", async () => {
    for (const client of new Set(confirmed.map((write) => write.client))) {
      const all = await client.listActivities();
      for (const write of confirmed.filter((each) => each.client === client)) {
        const found = all.get(write.activity.id);
        if (!found) lost.push(write);
        else if (!isAsSent(found, write.activity)) wrong.push(write);
      }
    }
    return `of ${confirmed.length} confirmed writes ${lost.length} are gone`;
  });
  lost.sort((a, b) => a.at - b.at);
  const kept = await check("what must not be lost is there, as it was sent", async () => {
    const missing = lost.filter(({ at }) => at < recoveryPoint);
    if (missing.length > 0) throw new Error(`${missing.length} writes are missing`);
    if (wrong.length > 0) throw new Error(`${wrong.length} writes are not as they were sent`);
    const writes = confirmed.filter(({ at }) => at < recoveryPoint);
    return `${writes.length} writes, the newest of ${new Date(writes.at(-1)?.at ?? 0).toISOString()}`;
  });
  return { lost, checks: [read, kept] };
}

async function count({ database, seed }: ExpectedState): Promise<string> {
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

async function recordNew({ seed }: ExpectedState): Promise<string> {
  if (!(await seed.clients[0]!.record(createActivity(Date.now())))) throw new Error("it was refused");
  return "by the phone that went through it all";
}

async function indexes({ database }: ExpectedState): Promise<string> {
  const missing = await missingIndexes(database);
  if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
  return "all that the service declares";
}

/** Whether the service shows an activity as a client has sent it. */
const isAsSent = (found: SentActivity | undefined, sent: SentActivity): boolean =>
  found !== undefined &&
  found.kind === sent.kind &&
  found.quantity === sent.quantity &&
  found.occurred_at === sent.occurred_at;
