import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { traffic } from "../../scripts/capacity/traffic-model.ts";
import type { ActivityBody, Page, Summary } from "../../service/activities/response-schemas.ts";

/** An activity in a request. */
type Sent = Pick<ActivityBody, "id" | "kind" | "quantity" | "occurred_at" | "note">;

/** The service's response to a batch. */
interface BatchResponse {
  results: { id: string; status: string; activity: ActivityBody }[];
}

export const recordedKinds = ["walk", "bike_trip", "bus_trip", "train_trip"];

/** Of batches of one activity or more, which on average have as many as in the traffic model. */
const largestBatch = 2 * traffic.activitiesPerBatch.value - 1;
const spreadMilliseconds = 30 * 24 * 60 * 60 * 1000;

const newestFirst = (a: ActivityBody | Sent, b: ActivityBody | Sent) =>
  a.occurred_at === b.occurred_at ? (a.id < b.id ? 1 : -1) : a.occurred_at < b.occurred_at ? 1 : -1;

const sameAsSent = ({ id, kind, quantity, occurred_at, note }: ActivityBody, sent: Sent) =>
  isDeepStrictEqual({ id, kind, quantity, occurred_at, note }, sent);

/**
 * The activities that one virtual user has recorded, to check the service's responses: they must contain everything that was
 * accepted, unchanged, and nothing else. The items of a batch without a response may be stored or not, until a batch is accepted.
 * Each check returns what is wrong, or undefined.
 */
export class RecordedActivities {
  readonly #accepted: ActivityBody[] = [];
  #unanswered: Sent[] = [];

  /** The batch to send: the one without a response again, or a new one. */
  batch(): Sent[] {
    if (this.#unanswered.length === 0) {
      const size = 1 + Math.floor(Math.random() * largestBatch);
      this.#unanswered = Array.from({ length: size }, newActivity);
    }
    return this.#unanswered;
  }

  /** A random accepted activity, or undefined if there is none yet. */
  pickActivity(): ActivityBody | undefined {
    return this.#accepted[Math.floor(Math.random() * this.#accepted.length)];
  }

  accept({ results }: BatchResponse): string | undefined {
    const sent = this.#unanswered;
    const isRight =
      results.length === sent.length &&
      results.every(
        ({ status, activity }, index) => /^(created|exists)$/.test(status) && sameAsSent(activity, sent[index]!),
      );
    if (!isRight) return `the batch returned ${JSON.stringify(results)}`;
    this.#accepted.push(...results.map(({ activity }) => activity));
    this.#accepted.sort(newestFirst);
    this.#unanswered = [];
  }

  /** @param kind the filter of the list. @default all kinds */
  findPageFault({ activities }: Page, limit: number, kind?: string): string | undefined {
    const expected = this.#acceptedAnd(activities).filter((each) => kind === undefined || each.kind === kind);
    if (!isDeepStrictEqual(activities, expected.slice(0, limit))) return "the list is not what was recorded";
  }

  /** @param activities of all pages */
  findFault(activities: ActivityBody[]): string | undefined {
    return this.findPageFault({ activities, next_cursor: null }, Number.POSITIVE_INFINITY);
  }

  findSummaryFault({ month, count, co2e_grams, by_day }: Summary): string | undefined {
    const isOfMonth = ({ occurred_at }: Sent) => occurred_at.startsWith(month);
    const known = this.#accepted.filter(isOfMonth);
    const most = known.length + this.#unanswered.filter(isOfMonth).length;
    const days = by_day.reduce((sum, day) => sum + day.count, 0);
    const grams = known.reduce((sum, activity) => sum + activity.co2e_grams, 0);
    const isRight =
      count >= known.length && count <= most && days === count && (count > known.length || co2e_grams === grams);
    if (!isRight) return `the summary counts ${count}, not ${known.length} to ${most}, or other grams`;
  }

  findActivityFault(returned: ActivityBody, expected: ActivityBody): string | undefined {
    if (!isDeepStrictEqual(returned, expected)) return "the activity is not as it was accepted";
  }

  /** Everything accepted, and those activities of a response that were sent and not accepted yet. */
  #acceptedAnd(returned: ActivityBody[]): ActivityBody[] {
    if (this.#unanswered.length === 0) return this.#accepted;
    const stored = returned.filter((activity) => this.#unanswered.some((sent) => sameAsSent(activity, sent)));
    return [...this.#accepted, ...stored].sort(newestFirst);
  }
}

const newActivity = (): Sent => ({
  id: randomUUID(),
  kind: recordedKinds[Math.floor(Math.random() * recordedKinds.length)]!,
  quantity: Math.ceil(Math.random() * 40_000) / 1000,
  occurred_at: new Date(Date.now() - Math.floor(Math.random() * spreadMilliseconds)).toISOString(),
  note: "to work",
});
