import type { Db } from "mongodb";
import { missingIndexes } from "../../service/platform/indexes.ts";
import { OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { type ApiClient, type ConfirmedWrite, createActivity, type SentActivity } from "./api-client.ts";
import { bulkUserPrefix, requireSetup, type Seed } from "./seed.ts";

const pauseMs = 250;
const timeoutMs = 120_000;

/** Monitors the service from outside: its health, the data of a known user, and whether that user can log in. */
export interface Probe {
  /** Resolves when health and data are wrong. */
  waitForFailure(): Promise<void>;
  /**
   * Resolves when health and data are right and the user can log in. The login comes last because logins have a rate limit. It
   * calls the other function, which may recover later, and uses a second client, so that the first keeps its old session.
   */
  waitForRecovery(): Promise<void>;
}

/** @param client a registered user that only the probe uses */
export async function createProbe(api: string, client: ApiClient): Promise<Probe> {
  const known = createActivity();
  requireSetup(await client.record(known), "The service did not store the probe's activity.");
  const isHealthy = async () => {
    const health = await fetch(`${api}/health/ready`).catch(() => undefined);
    return health?.status === 200 && isAsSent(await client.findActivity(known.id), known);
  };
  return {
    waitForFailure: () =>
      waitFor(
        async () => !(await isHealthy()),
        () =>
          new OperatorError("disaster-not-detected", {
            what: "The probe did not detect the disaster within 2 minutes.",
            why: "`/health/ready` returns 200, and the data of a known user are right.",
            action: "Check that the scenario affects the service that the API reaches.",
          }),
      ),
    waitForRecovery: () =>
      waitFor(
        async () => (await isHealthy()) && (await client.createSecondClient().logIn()) === 200,
        () =>
          new OperatorError("service-not-recovered", {
            what: "The service is not healthy 2 minutes after the last step.",
            why: "`/health/ready`, the data of a known user or its login is wrong.",
            action: "Read the phases above, and correct the runbook or the command that did not restore the service.",
          }),
      ),
  };
}

async function waitFor(isReached: () => Promise<boolean>, toError: () => Error): Promise<void> {
  const end = Date.now() + timeoutMs;
  const attempt = async () => {
    if (await isReached()) return true;
    if (Date.now() > end) throw toError();
    return undefined;
  };
  await poll(attempt, { delayMs: pauseMs });
}

/** A check after a recovery. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What the check found. */
  readonly detail: string;
}

/** The state that a recovery must restore. */
export interface ExpectedState {
  readonly database: Db;
  readonly seed: Seed;
  /** All writes that the service confirmed, in order. */
  readonly confirmed: readonly ConfirmedWrite[];
  /** Writes confirmed before this time must survive. */
  readonly recoveryPoint: number;
}

export interface CheckResults {
  readonly checks: readonly Check[];
  /** Confirmed writes that are gone, in order. */
  readonly lost: readonly ConfirmedWrite[];
}

/** Checks what users see, and what they cannot see: the indexes and the number of documents. */
export async function checkService(expected: ExpectedState): Promise<CheckResults> {
  const [first, second] = expected.seed.clients;
  // Another user than the probe's, which may be the only one that the recovery restored.
  const login = await check("a user logs in", async () => {
    const status = await second!.createSecondClient().logIn();
    if (status !== 200) throw new Error(`login returned ${status}`);
    return "with the password from before the disaster";
  });
  const { lost, checks } = await checkWrites(expected);
  const count = await check("the number of documents is right", () => countDocuments(expected));
  const write = await check("a new activity is stored", async () => {
    if (!(await first!.record(createActivity()))) throw new Error("the service did not confirm it");
    return "by a client with a session from before the disaster";
  });
  const indexes = await check("all indexes exist", async () => {
    const missing = await missingIndexes(expected.database);
    if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
    return "as the service declares them";
  });
  return { lost, checks: [login, ...checks, count, write, indexes] };
}

/** @param work returns what it found, and throws an error that says what is wrong */
async function check(name: string, work: () => Promise<string>): Promise<Check> {
  return work().then(
    (detail) => ({ name, passed: true, detail }),
    (error: Error) => ({ name, passed: false, detail: error.message }),
  );
}

async function checkWrites({ confirmed, recoveryPoint }: ExpectedState) {
  const lost: ConfirmedWrite[] = [];
  const wrong: ConfirmedWrite[] = [];
  const read = await check("users' activities are readable", async () => {
    for (const client of new Set(confirmed.map((write) => write.client))) {
      const activities = await client.listActivities();
      for (const write of confirmed.filter((each) => each.client === client)) {
        const found = activities.get(write.activity.id);
        if (!found) lost.push(write);
        else if (!isAsSent(found, write.activity)) wrong.push(write);
      }
    }
    return `of ${confirmed.length} confirmed writes ${lost.length} are lost`;
  });
  lost.sort((a, b) => a.at - b.at);
  const survived = await check("writes before the recovery point survived unchanged", async () => {
    const missing = lost.filter(({ at }) => at < recoveryPoint);
    if (missing.length > 0) throw new Error(`${missing.length} writes are missing`);
    if (wrong.length > 0) throw new Error(`${wrong.length} writes differ from what users sent`);
    const writes = confirmed.filter(({ at }) => at < recoveryPoint);
    if (writes.length === 0) throw new Error("no write was confirmed before the recovery point, so nothing shows it");
    return `${writes.length} writes, the newest from ${new Date(writes.at(-1)?.at ?? 0).toISOString()}`;
  });
  return { lost, checks: [read, survived] };
}

async function countDocuments({ database, seed }: ExpectedState): Promise<string> {
  const range = { $gte: bulkUserPrefix, $lt: `${bulkUserPrefix}~` };
  const [activities, users] = await Promise.all([
    database.collection("activities").countDocuments({ userId: range }),
    database.collection<{ _id: string }>("users").countDocuments({ _id: range }),
  ]);
  const text = `${activities} of ${seed.bulkActivities} activities, ${users} of ${seed.bulkUsers} users`;
  if (activities !== seed.bulkActivities || users !== seed.bulkUsers) throw new Error(text);
  return text;
}

const isAsSent = (found: SentActivity | undefined, sent: SentActivity): boolean =>
  found !== undefined &&
  found.kind === sent.kind &&
  found.quantity === sent.quantity &&
  found.occurred_at === sent.occurred_at;
