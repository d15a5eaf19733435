import { setTimeout as wait } from "node:timers/promises";
import type { Db } from "mongodb";
import { createIndexes } from "../../service/platform/indexes.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { defaultTimeouts, type Timeouts } from "../../service/platform/timeouts.ts";
import { embeddedDatabase, type TestDatabase } from "./databases.ts";
import { serveDatabase } from "./served-database.ts";
import { type Reply, WireDatabase } from "./wire-database.ts";

/** What becomes of one command: `run` runs it on the database. */
type Fault = (run: () => Promise<Reply>, name: string) => Promise<Reply>;

const isWrite = (name: string) => name !== "find";

/** Long enough for a command on a busy machine. */
const timeouts: Timeouts = { ...defaultTimeouts, databaseAnswer: 500, databaseCheckPause: 10 };

/** Commands that run late. */
const late: Promise<unknown>[] = [];

/** A wait without an end. The driver ends its own. */
const forever = () => new Promise<Reply>(() => {});

/** Lets a command reach the database, but not its reply the driver. */
const losing =
  (instead: () => Reply | Promise<Reply>): Fault =>
  async (run) => {
    await run();
    return instead();
  };

/** What may happen between the driver and MongoDB. */
export const databaseFaults = {
  "the connection is cut before the command": async () => "drop",
  "the connection is cut before the reply": losing(() => "drop"),
  "half of the reply comes": losing(() => "half"),
  "the reply never comes": losing(forever),
  "the command runs after the driver has given up": async (run) => {
    late.push(wait(2 * timeouts.databaseAnswer).then(run));
    return forever();
  },
  "a primary that steps down refuses it": async () => ({
    ...{ ok: 0, code: 10_107, codeName: "NotWritablePrimary", errmsg: "not primary" },
  }),
  "Atlas refuses it": async () => ({ ok: 0, code: 8_000, codeName: "AtlasError", errmsg: "cluster is busy" }),
  "the user may not do it any more": async () => ({ ok: 0, code: 13, codeName: "Unauthorized", errmsg: "not allowed" }),
  // https://www.mongodb.com/docs/manual/reference/write-concern/#acknowledgment-behavior
  "a majority does not confirm it": async (run, name) => {
    const reply = await run();
    if (!isWrite(name)) return reply;
    const errInfo = { wtimeout: true };
    const writeConcernError = { code: 64, codeName: "WriteConcernTimeout", errmsg: "waiting timed out", errInfo };
    return { ...(reply as object), writeConcernError };
  },
} as const satisfies Record<string, Fault>;

export type DatabaseFault = keyof typeof databaseFaults;

/** Faults after which the driver sends a command again, which then succeeds or fails again at once. */
export const retriedFaults: readonly DatabaseFault[] = [
  "the connection is cut before the command",
  "the connection is cut before the reply",
  "half of the reply comes",
  "a primary that steps down refuses it",
];

/** A database behind the driver and a network that fails when a test says so. */
export interface FaultyDatabase extends TestDatabase {
  /** Through the driver. */
  database: Db;
  /** The same data, without the driver. */
  direct: Db;
  /** Makes the `step`-th command from now on (1 is the next) fail, and the `times - 1` commands after it. */
  failAt(step: number, fault: DatabaseFault, times: number): void;
  /** Ends the fault, after all that runs late. @returns whether it has happened */
  endFault(): Promise<boolean>;
}

/** Starts an embedded database, served to the driver as a replica set. */
export async function faultyDatabase(): Promise<FaultyDatabase> {
  const server = new WireDatabase();
  server.isReplicaSet = true;
  await server.start();
  const embedded = await embeddedDatabase();
  await createIndexes(embedded.database);
  const run = serveDatabase(embedded.database);
  let plan: { fault: Fault; from: number; times: number } | undefined;
  let step = 0;
  server.intercept = (name, command, connection, sequence) => {
    const reply = () => run(name, command, connection, sequence) as Promise<Reply>;
    if (!["find", "findAndModify", "insert", "update", "delete"].includes(name)) return undefined;
    step += 1;
    const isFaulty = plan && step >= plan.from && step < plan.from + plan.times;
    return isFaulty ? plan!.fault(reply, name) : reply();
  };
  const database = await connectMongo(server.uri.replace("/?", "/ecobeat?"), { timeouts });
  const remove = async () => {
    await database.client.close();
    await server.stop();
    await embedded.remove();
  };
  return {
    database,
    direct: embedded.database,
    failAt(from, fault, times) {
      [step, plan] = [0, { fault: databaseFaults[fault], from, times }];
    },
    async endFault() {
      await Promise.all(late.splice(0));
      const hasHappened = plan !== undefined && step >= plan.from;
      plan = undefined;
      return hasHappened;
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
