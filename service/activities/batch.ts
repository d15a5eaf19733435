import { toFieldErrors } from "../platform/body.ts";
import { type FieldError, type Problem, problems } from "../platform/problems.ts";
import { toActivityBody } from "./body.ts";
import { computeEmissions } from "./kinds.ts";
import {
  type Activity,
  type ActivityRepository,
  createNotStoredError,
  type Tombstone,
  toActivityKey,
} from "./repository.ts";
import type { BatchResult } from "./response-schemas.ts";
import { idInPath, type NewActivity, newActivity, timeFaults } from "./schemas.ts";

/** An item to store under a key, or the problem with it. */
type Item = { key: string; activity: NewActivity } | { id: string | null; problem: Problem };

/**
 * Stores the valid items of a batch, and returns a result for each item, in order. A batch is stored once, however often it is sent.
 *
 * @param sent items as the client sent them
 * @param afterWrite runs when the write has ended, even if it failed or there was nothing to write. If it fails, the batch does.
 *   @default nothing
 * @throws {UnavailableError} if the database stored only a part; sending all of it again is safe
 */
export async function storeBatch(
  repository: ActivityRepository,
  userId: string,
  sent: readonly unknown[],
  now: number,
  afterWrite: () => Promise<unknown> = async () => {},
): Promise<BatchResult[]> {
  const items = sent.map((item, index) => validateItem(item, index, userId, now));
  const fresh = new Map<string, Activity>();
  for (const item of items) {
    // Of two items with the same id, the first counts.
    if ("key" in item && !fresh.has(item.key)) {
      fresh.set(item.key, toActivity(item.key, userId, item.activity, new Date(now)));
    }
  }
  const written = fresh.size > 0 ? repository.insertMissing([...fresh.values()]) : Promise.resolve(new Set<string>());
  const checked = written.then(afterWrite, afterWrite);
  const found = written.then(async (created) => {
    const known = new Map<string, Activity | Tombstone>([...fresh].filter(([key]) => created.has(key)));
    const before = [...fresh.keys()].filter((key) => !created.has(key));
    const stored = before.length > 0 ? await repository.findByKeys(userId, before) : [];
    for (const each of stored) known.set(each._id, each);
    return items.map((item) => toBatchResult(item, created, known));
  });
  await Promise.allSettled([checked, found]);
  await checked;
  return found;
}

function validateItem(item: unknown, index: number, userId: string, now: number): Item {
  const result = newActivity.safeParse(item);
  const pointer = `/activities/${index}`;
  if (!result.success) {
    const id = (item as { id?: unknown } | null)?.id;
    return {
      id: (typeof id === "string" && idInPath(id)) || null,
      problem: problems.invalidActivity(toFieldErrors(result.error, pointer)),
    };
  }
  const { id, occurred_at } = result.data;
  const faults = timeFaults(occurred_at, now, `${pointer}/occurred_at`);
  if (faults.length > 0) return { id, problem: problems.invalidActivity(faults) };
  return { key: toActivityKey(userId, id), activity: result.data };
}

function toActivity(
  _id: string,
  userId: string,
  { kind, quantity, occurred_at, note }: NewActivity,
  now: Date,
): Activity {
  const measured = computeEmissions(kind, quantity);
  return {
    _id,
    userId,
    occurredAt: occurred_at,
    kind,
    quantity,
    note,
    ...measured,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

/** @param created keys not yet reported as created: a second item with the same id finds what the first one stored */
function toBatchResult(
  item: Item,
  created: Set<string>,
  known: ReadonlyMap<string, Activity | Tombstone>,
): BatchResult {
  if ("problem" in item) return toRefusal(item.id, item.problem);
  const stored = known.get(item.key);
  // Not "deleted": the app removes a deleted activity, and only a tombstone shows that it was deleted.
  if (!stored) throw createNotStoredError();
  if ("deletedAt" in stored) return toRefusal(item.activity.id, problems.activityDeleted());
  const status = created.delete(item.key) ? "created" : "exists";
  return { id: item.activity.id, status, activity: toActivityBody(stored) };
}

/** The result of a refused item. Sending it again does not help. The id is null if the item has none. */
const toRefusal = (id: string | null, { type, title, detail, errors }: Problem): BatchResult => ({
  id,
  status: "refused",
  problem: { type, title, detail, ...(errors && { errors: errors as FieldError[] }) },
});
