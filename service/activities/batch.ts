import { problems } from "../platform/problems.ts";
import { toFieldErrors } from "../platform/validation.ts";
import { toActivityBody } from "./body.ts";
import { computeEmissions } from "./kinds.ts";
import {
  type Activity,
  type ActivityRepository,
  createNotStoredError,
  type Tombstone,
  toActivityKey,
} from "./repository.ts";
import { type BatchResult, toResult } from "./response-schemas.ts";
import {
  activityId,
  batch,
  hasOnlyUnknownMembers,
  hasUnknownKind,
  type NewActivity,
  newActivity,
  timeFaults,
} from "./schemas.ts";

/** An item to store under a key, or its result. */
type Item = { key: string; activity: NewActivity } | BatchResult;

/**
 * The items of a body, which are not validated.
 * @throws the problem `unknown-member` if the only fault are members beside the items that another version of the service may know;
 *   `invalid-body` for other faults
 */
export function readItems(body: unknown): unknown[] {
  const { data, error } = batch.safeParse(body);
  if (data) return data.activities;
  const faults = toFieldErrors(error);
  throw hasOnlyUnknownMembers(error) ? problems.unknownMember(faults) : problems.invalidBody(faults);
}

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
  const pointer = `/activities/${index}`;
  const sentId = activityId.safeParse((item as { id?: unknown } | null)?.id).data;
  if (sentId !== undefined && hasUnknownKind(item)) {
    return toResult(sentId, "unknown-kind", problems.unknownKind(`${pointer}/kind`));
  }
  const result = newActivity.safeParse(item);
  if (!result.success) {
    const faults = toFieldErrors(result.error, pointer);
    return sentId !== undefined && hasOnlyUnknownMembers(result.error)
      ? toResult(sentId, "unknown-member", problems.unknownMember(faults))
      : toResult(sentId ?? null, "refused", problems.invalidActivity(faults));
  }
  const { id, occurred_at } = result.data;
  const faults = timeFaults(occurred_at, now, `${pointer}/occurred_at`);
  if (faults.length > 0) return toResult(id, "refused", problems.invalidActivity(faults));
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
  if ("status" in item) return item;
  const stored = known.get(item.key);
  // Not "deleted": the app removes a deleted activity, and only a tombstone shows that it was deleted.
  if (!stored) throw createNotStoredError();
  if ("deletedAt" in stored) return toResult(item.activity.id, "refused", problems.activityDeleted());
  const status = created.delete(item.key) ? "created" : "exists";
  return { id: item.activity.id, status, activity: toActivityBody(stored) };
}
