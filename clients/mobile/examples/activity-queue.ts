import type { components } from "@ecobeat/mobile-client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { randomUUID } from "expo-crypto";
import { client } from "./client.ts";

type Schemas = components["schemas"];
type Activity = Schemas["NewActivity"];

/** As many as the service takes at once. */
const batchSize = 100;

/** What one user has recorded and the service does not have yet. Have one per user: another's would count for the wrong person. */
export class ActivityQueue {
  readonly #key: string;
  readonly #onRefused: (activity: Activity, problem: Schemas["ItemProblem"]) => void;
  #lastChange: Promise<void> = Promise.resolve();
  #sync: Promise<Schemas["Problem"] | undefined> | undefined;

  /** @param onRefused told of what the service will never take; it is no longer in the queue afterwards */
  constructor(userId: string, onRefused: (activity: Activity, problem: Schemas["ItemProblem"]) => void) {
    this.#key = `ecobeat.activities.${userId}`;
    this.#onRefused = onRefused;
  }

  /** Keeps an activity, online or not. It gets its id here and never another: by that it is stored once, however often it is sent. */
  record(activity: Omit<Activity, "id">): Promise<void> {
    return this.#change((waiting) => [...waiting, { id: randomUUID(), ...activity }]);
  }

  /** How many wait. */
  async length(): Promise<number> {
    return (await this.#read()).length;
  }

  /**
   * Sends what waits. Call it at the start of the app, after {@link record}, and when the network is back.
   * @returns the problem that stopped it, if there is one; the rest waits
   * @throws whatever `fetch` throws when the service is not reached; the rest waits
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
      const answered = new Set(batch.map(({ id }) => id));
      await this.#change((waiting) => waiting.filter(({ id }) => !answered.has(id)));
    }
  }

  async #read(): Promise<Activity[]> {
    return JSON.parse((await AsyncStorage.getItem(this.#key)) ?? "[]");
  }

  /** One change after the other: two at once would each write what the other has not seen. */
  #change(next: (waiting: Activity[]) => Activity[]): Promise<void> {
    const change = this.#lastChange.then(async () =>
      AsyncStorage.setItem(this.#key, JSON.stringify(next(await this.#read()))),
    );
    this.#lastChange = change.catch(() => {});
    return change;
  }
}
