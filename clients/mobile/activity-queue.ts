import { type Activity, type ItemProblem, isActivity, type Problem } from "./batch.ts";
import type { Client } from "./client.ts";
import { QueueSync } from "./queue-sync.ts";

/** Where the queue is kept: AsyncStorage, or another store with these two methods. */
export interface QueueStorage {
  /** @returns null if there is no such value */
  getItem(key: string): Promise<string | null>;
  /** Resolves when the value would survive the end of the app. */
  setItem(key: string, value: string): Promise<void>;
}

/** Options of {@link ActivityQueue}. */
export interface ActivityQueueOptions {
  client: Pick<Client, "api">;
  storage: QueueStorage;
  /** Whose activities these are. Create one queue per user: otherwise activities go to the wrong account. */
  userId: string;
  /** Creates the id of an activity: `randomUUID` of `expo-crypto`. */
  randomUUID: () => string;
  /**
   * Called for an activity that the service will never accept. The activity leaves the queue when this has returned or resolved, so
   * after a crash, or an error here, it is called again.
   */
  onRefused: (activity: Activity, problem: ItemProblem) => void | Promise<void>;
  /**
   * Called with a stored value that is no queue, such as half a value after a crash of the phone. The queue has set the value aside
   * under another key, and goes on with the activities that it could read.
   */
  onUnreadable: (value: string) => void;
}

/** The last use of each storage: concurrent changes would overwrite each other, also those of two queues of one user. */
const lastUses = new WeakMap<QueueStorage, Promise<unknown>>();

/** Activities of one user that the service does not have yet. They stay here until the service has confirmed or refused each. */
export class ActivityQueue {
  readonly #options: ActivityQueueOptions;
  readonly #key: string;
  #sync: Promise<Problem | undefined> | undefined;

  constructor(options: ActivityQueueOptions) {
    this.#options = options;
    this.#key = `ecobeat.activities.${options.userId}`;
  }

  /**
   * Adds an activity, online or not. Its id never changes: so it is stored once, however often it is sent.
   * @throws the error of the storage, if it is not recorded
   */
  record(activity: Omit<Activity, "id">): Promise<void> {
    return this.#change((queued) => [...queued, { ...activity, id: this.#options.randomUUID() }]);
  }

  /** The number of queued activities. */
  async length(): Promise<number> {
    return (await this.#read()).length;
  }

  /**
   * Sends the queue. Call it at the start of the app, after {@link record}, and when the network is back.
   * @returns the problem for which activities are still queued, if there is one
   * @throws the error of `fetch` if the service is unreachable, of the storage, or of `onRefused`; what is not confirmed stays queued
   */
  sync(): Promise<Problem | undefined> {
    this.#sync ??= new QueueSync({ ...this.#options, queued: () => this.#read(), remove: (ids) => this.#remove(ids) })
      .run()
      .finally(() => {
        this.#sync = undefined;
      });
    return this.#sync;
  }

  #remove(ids: ReadonlySet<string>): Promise<void> {
    return this.#change((queued) => queued.filter(({ id }) => !ids.has(id)));
  }

  #read(): Promise<Activity[]> {
    return this.#inTurn(() => this.#readNow());
  }

  #change(next: (queued: Activity[]) => Activity[]): Promise<void> {
    return this.#inTurn(async () => this.#write(next(await this.#readNow())));
  }

  #write(queued: readonly Activity[]): Promise<void> {
    return this.#options.storage.setItem(this.#key, JSON.stringify(queued));
  }

  /** What is stored, less what is no activity, which is set aside. */
  async #readNow(): Promise<Activity[]> {
    const { storage, randomUUID, onUnreadable } = this.#options;
    const value = (await storage.getItem(this.#key)) ?? "[]";
    const entries = parseEntries(value);
    const queued = (entries ?? []).filter(isActivity);
    if (queued.length === entries?.length) return queued;
    await storage.setItem(`${this.#key}.unreadable.${randomUUID()}`, value);
    await this.#write(queued);
    onUnreadable(value);
    return queued;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { storage } = this.#options;
    const turn = (lastUses.get(storage) ?? Promise.resolve()).then(work);
    lastUses.set(
      storage,
      turn.catch(() => {}),
    );
    return turn;
  }
}

/** The entries of a stored queue; undefined if it is none. */
function parseEntries(value: string): unknown[] | undefined {
  try {
    const entries: unknown = JSON.parse(value);
    return Array.isArray(entries) ? entries : undefined;
  } catch {
    return undefined;
  }
}
