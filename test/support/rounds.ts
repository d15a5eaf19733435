import { AsyncResource } from "node:async_hooks";
import type { Collection, Db } from "mongodb";
import type { RedisConnection } from "../../service/platform/redis.ts";
import type { Tracing } from "../../service/platform/tracing.ts";
import { intercepted } from "./intercepted-database.ts";

/** Turns of the event loop after which code that waits for no call has made all calls that it can. */
const quietTurns = 50;

/**
 * Holds calls until no other can be made without a response to one of them, and then answers all of them together. Such a round is
 * what a request waits for once, however slow the network is: all calls of a round are made before any of them is answered.
 *
 * A call has a name when it is made, or else what it sends has one when it is traced.
 */
export class Rounds implements Tracing {
  readonly #held: (() => Promise<() => void>)[] = [];
  readonly #ended: string[][] = [];
  #names: string[] = [];
  #isRunning = false;

  begin({ to, operation = to }: Parameters<Tracing["begin"]>[0]): () => void {
    this.#names.push(operation);
    return () => {};
  }

  /** Makes a call at the end of the round. */
  hold<T>(call: () => Promise<T>, name?: string): Promise<T> {
    const response = new Promise<T>((resolve, reject) => {
      // In the context of its request, which has the deadline.
      const run = AsyncResource.bind(call);
      this.#held.push(() => {
        if (name) this.#names.push(name);
        return run().then(
          (value) => () => resolve(value),
          (error) => () => reject(error),
        );
      });
    });
    if (!this.#isRunning) void this.#run();
    return response;
  }

  /** The rounds since the last call, each as the names of its calls: `Redis + find`. */
  take(): string[] {
    return this.#ended.splice(0).map((names) => names.sort().join(" + "));
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#held.length > 0) {
      for (let [turn, known] = [0, 0]; turn < quietTurns; turn++) {
        await new Promise(setImmediate);
        if (this.#held.length > known) [turn, known] = [0, this.#held.length];
      }
      const answers = await Promise.all(this.#held.splice(0).map((call) => call()));
      this.#ended.push(this.#names);
      this.#names = [];
      for (const answer of answers) answer();
      for (let turn = 0; turn < quietTurns && this.#held.length === 0; turn++) await new Promise(setImmediate);
    }
    this.#isRunning = false;
  }
}

/** A database whose operations are held. Its driver traces their commands. */
export const databaseInRounds = (database: Db, rounds: Rounds): Db =>
  intercepted(database, (method, call, [name]) =>
    method === "collection" ? collectionInRounds(database.collection(name as string), rounds) : call(),
  );

const collectionInRounds = (collection: Collection, rounds: Rounds) =>
  intercepted(collection, (method, call) => {
    if (method !== "find") return rounds.hold(call as () => Promise<unknown>);
    const cursor = call() as { toArray(): Promise<unknown> };
    const toArray = cursor.toArray.bind(cursor);
    cursor.toArray = () => rounds.hold(toArray);
    return cursor;
  });

/** A connection whose commands are held. It traces them. */
export const redisInRounds = (redis: RedisConnection, rounds: Rounds): RedisConnection =>
  intercepted(redis, (method, call) => (method === "run" ? rounds.hold(call as () => Promise<unknown>) : call()));
