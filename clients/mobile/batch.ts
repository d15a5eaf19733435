import type { components } from "./openapi.ts";

type Schemas = components["schemas"];

/** An activity to send. */
export type Activity = Schemas["NewActivity"];
/** Why the service refuses it. */
export type ItemProblem = Schemas["ItemProblem"];
/** Why the service refuses a request. */
export type Problem = Schemas["Problem"];

/** As many as the service accepts in one request. */
const maxActivities = 100;

/** The largest body that the service accepts. */
export const maxBodyBytes = 100 * 1024;

const encoder = new TextEncoder();

/** The size of a request with these activities, as UTF-8. */
export const countBodyBytes = (activities: readonly Activity[]): number =>
  encoder.encode(JSON.stringify({ activities })).length;

/** The first activities, as many as fit into one request; at least one. */
export function cutBatch(activities: readonly Activity[]): Activity[] {
  let bytes = countBodyBytes([]);
  const first = activities.slice(0, maxActivities);
  const end = first.findIndex((activity, index) => {
    bytes += encoder.encode(JSON.stringify(activity)).length + (index > 0 ? 1 : 0);
    return index > 0 && bytes > maxBodyBytes;
  });
  return end < 0 ? first : first.slice(0, end);
}

/** The ids that the service accepts: https://www.rfc-editor.org/rfc/rfc9562#section-4 */
const uuid = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

/** Whether the entry of a queue can be sent: without an id of its own, nothing would tell what became of it. */
export const isActivity = (entry: unknown): entry is Activity =>
  uuid.test(String((entry as Partial<Activity> | null)?.id));

/** An activity that is not stored, and why. */
interface NotStored {
  activity: Activity;
  problem: ItemProblem;
}

/** What became of the activities of a request. */
export interface Outcomes {
  stored: Activity[];
  refused: NotStored[];
  /** To be sent again later: only another version of the service knows their kind, or one of their members. */
  kept: NotStored[];
  /** The response says nothing about them. */
  unknown: Activity[];
}

/** Finds the result of each activity by its id. A response need not be what the API's document says: nothing may be lost by it. */
export function toOutcomes(activities: readonly Activity[], data: unknown): Outcomes {
  const { results } = (data ?? {}) as { results?: unknown };
  const known = (Array.isArray(results) ? results : []) as (Partial<Result> | null)[];
  const byId = new Map(known.map((result) => [String(result?.id).toLowerCase(), result]));
  const outcomes: Outcomes = { stored: [], refused: [], kept: [], unknown: [] };
  for (const activity of activities) {
    const result = byId.get(activity.id.toLowerCase());
    if (result?.status === "created" || result?.status === "exists") outcomes.stored.push(activity);
    else if (result?.status && result.problem) {
      // Also for a status that is newer than this app: only a refusal is final.
      outcomes[result.status === "refused" ? "refused" : "kept"].push({ activity, problem: result.problem });
    } else outcomes.unknown.push(activity);
  }
  return outcomes;
}

/** The result of an activity. */
interface Result {
  id: string;
  status: string;
  problem: ItemProblem;
}
