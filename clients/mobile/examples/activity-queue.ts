import type { components } from "@ecobeat/mobile-client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { randomUUID } from "expo-crypto";
import { client } from "./client.ts";

type Schemas = components["schemas"];
type Activity = Schemas["NewActivity"];

/** As many as the service accepts in one request. */
const batchSize = 100;

/** Activities of one user that the service does not have yet. Create one queue per user: otherwise activities go to the wrong account. */
export class ActivityQueue {
  readonly #key: string;
  readonly #onRefused: (activity: Activity, problem: Schemas["ItemProblem"]) => void;
  #lastChange: Promise<void> = Promise.resolve();
  #sync: Promise<Schemas["Problem"] | undefined> | undefined;

  /** @param onRefused called for an activity that the service will never accept, after which it leaves the queue */
  constructor(userId: string, onRefused: (activity: Activity, problem: Schemas["ItemProblem"]) => void) {
    this.#key = `ecobeat.activities.${userId}`;
    this.#onRefused = onRefused;
  }

  /** Adds an activity, online or not. Its id never changes: so it is stored once, however often it is sent. */
  record(activity: Omit<Activity, "id">): Promise<void> {
    return this.#change((queued) => [...queued, { id: randomUUID(), ...activity }]);
  }

  /** The number of queued activities. */
  async length(): Promise<number> {
    return (await this.#read()).length;
  }

  /**
   * Sends the queue. Call it at the start of the app, after {@link record}, and when the network is back.
   * @returns the problem that stopped it, if there is one; the rest stays in the queue
   * @throws the error of `fetch` if the service is unreachable; the rest stays in the queue
   */
  sync(): Promise<Schemas["Problem"] | undefined> {
    this.#sync ??= this.#sendAll().finally(() => {
      this.#sync = undefined;
    });
    return this.#sync;
  }

  async #sendAll(): Promise<Schemas["Problem"] | undefined> {
    for (;;) {
      const batch = (await this.#read()).slice(0, batchSize);
      if (batch.length === 0) return undefined;
      const { data, error } = await client.api.POST("/v1/activities", { body: { activities: batch } });
      if (error) return error;
      for (const [index, result] of data.results.entries()) {
        if (result.status === "refused") this.#onRefused(batch[index]!, result.problem);
      }
      const sent = new Set(batch.map(({ id }) => id));
      await this.#change((queued) => queued.filter(({ id }) => !sent.has(id)));
    }
  }

  async #read(): Promise<Activity[]> {
    return JSON.parse((await AsyncStorage.getItem(this.#key)) ?? "[]");
  }

  /** Runs one change after the other: concurrent changes would overwrite each other. */
  #change(next: (queued: Activity[]) => Activity[]): Promise<void> {
    const change = this.#lastChange.then(async () =>
      AsyncStorage.setItem(this.#key, JSON.stringify(next(await this.#read()))),
    );
    this.#lastChange = change.catch(() => {});
    return change;
  }
}
