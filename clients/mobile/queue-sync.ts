import {
  type Activity,
  countBodyBytes,
  cutBatch,
  type ItemProblem,
  maxBodyBytes,
  type Problem,
  toOutcomes,
} from "./batch.ts";
import type { Client } from "./client.ts";

/** Options of {@link QueueSync}. */
export interface QueueSyncOptions {
  client: Pick<Client, "api">;
  queued: () => Promise<Activity[]>;
  remove: (ids: ReadonlySet<string>) => Promise<void>;
  onRefused: (activity: Activity, problem: ItemProblem) => void | Promise<void>;
}

/** Statuses that may be due to one activity of a batch. */
const statusesOfActivities = [400, 403, 413, 422, 500, 502];

/** An activity for which the service has refused a request. */
interface Suspect {
  activity: Activity;
  problem: Problem;
}

/**
 * Sends a queue once. A batch that is refused as a whole is halved until the activity at fault is alone: it must not be in the way
 * of the others.
 */
export class QueueSync {
  readonly #options: QueueSyncOptions;
  readonly #tried = new Set<string>();
  readonly #suspects: Suspect[] = [];
  /** Whether the service has accepted a batch. */
  #hasAccepted = false;
  /** Whether the service accepts requests without activities; undefined if not asked yet. */
  #acceptsOthers: boolean | undefined;
  /** For which activities stay queued. */
  #problem: Problem | undefined;
  #errors: unknown[] = [];

  constructor(options: QueueSyncOptions) {
    this.#options = options;
  }

  /**
   * @returns the problem for which activities are still queued, if there is one
   * @throws the first error, after all that could be sent was sent
   */
  async run(): Promise<Problem | undefined> {
    for (let batch = await this.#next(); batch.length > 0; batch = await this.#next()) {
      if (!(await this.#send(batch))) break;
    }
    await this.#judge();
    if (this.#errors.length > 0) throw this.#errors[0];
    return this.#problem;
  }

  /** The next activities that this sync has not sent yet. */
  async #next(): Promise<Activity[]> {
    const batch = cutBatch((await this.#options.queued()).filter(({ id }) => !this.#tried.has(id)));
    for (const { id } of batch) this.#tried.add(id);
    return batch;
  }

  /** @returns whether to go on: false if nothing else can be sent now */
  async #send(batch: Activity[]): Promise<boolean> {
    const { data, error, response } = await this.#options.client.api.POST("/v1/activities", {
      body: { activities: batch },
    });
    if (!error) return this.#settle(batch, data);
    if (!(await this.#isAboutActivities(response.status))) {
      this.#problem = error;
      return false;
    }
    const [activity, ...others] = batch as [Activity, ...Activity[]];
    if (others.length > 0) {
      const middle = Math.ceil(batch.length / 2);
      return (await this.#send(batch.slice(0, middle))) && this.#send(batch.slice(middle));
    }
    if (response.status === 413 && countBodyBytes(batch) > maxBodyBytes) await this.#refuse(activity, error);
    // Another attempt may succeed.
    else if (response.status >= 500) this.#problem = error;
    else this.#suspects.push({ activity, problem: error });
    return true;
  }

  /** Handles the results of a batch. @returns false if there are none: something else has responded than the service */
  async #settle(batch: readonly Activity[], data: unknown): Promise<boolean> {
    const { stored, refused, kept, unknown } = toOutcomes(batch, data);
    if (unknown.length > 0) {
      this.#errors.push(
        new TypeError(`The response has no result for ${unknown.length} of ${batch.length} activities.`),
      );
    }
    if (unknown.length === batch.length) return false;
    this.#hasAccepted = true;
    await this.#options.remove(new Set(stored.map(({ id }) => id)));
    for (const { activity, problem } of refused) await this.#refuse(activity, problem);
    if (kept[0]) this.#problem ??= kept[0].problem;
    return true;
  }

  /** Whether a refusal is due to the activities of a request, and not to the app, the account, the network or an outage. */
  async #isAboutActivities(status: number): Promise<boolean> {
    if (!statusesOfActivities.includes(status)) return false;
    if (status === 413) return true;
    this.#acceptsOthers ??= await this.#acceptsRequest();
    return this.#acceptsOthers;
  }

  /** Asks for something that only the service has: a portal, too, responds with 200. */
  async #acceptsRequest(): Promise<boolean> {
    return typeof (await this.#options.client.api.GET("/v1/users/me")).data?.id === "string";
  }

  /** Decides about activities that were refused alone: they are at fault only if others were accepted, and requests still are. */
  async #judge(): Promise<void> {
    if (this.#suspects.length === 0) return;
    const areAtFault = this.#hasAccepted && (await this.#acceptsRequest());
    for (const { activity, problem } of this.#suspects) {
      if (areAtFault) await this.#refuse(activity, problem);
      else this.#problem ??= problem;
    }
  }

  /** Hands an activity over to the app, and removes it once the app has it. */
  async #refuse(activity: Activity, { type, title, detail, errors }: ItemProblem | Problem): Promise<void> {
    try {
      await this.#options.onRefused(activity, { type, title, detail, ...(errors && { errors }) } as ItemProblem);
    } catch (error) {
      this.#errors.push(error);
      return;
    }
    await this.#options.remove(new Set([activity.id]));
  }
}
