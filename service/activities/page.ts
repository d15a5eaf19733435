import { problems } from "../platform/problems.ts";
import { type ActivityBody, toActivityBody } from "./body.ts";
import { parseCursor, toCursor } from "./cursor.ts";
import type { ActivityRepository, Selection } from "./repository.ts";

/** A part of a list, from the newest activity to the oldest. */
export interface Page {
  activities: ActivityBody[];
  /** Gets the next page; null on the last. */
  next_cursor: string | null;
}

/**
 * A page of a user's activities. Whatever is recorded while a client goes from page to page, it sees nothing twice and
 * misses nothing that was there when it began; but for an activity whose time is changed meanwhile, which changes its place.
 *
 * @param cursor what the page before has named; @default the first page
 * @throws the problem `invalid-query` for a cursor of another list
 */
export async function readPage(
  repository: ActivityRepository,
  userId: string,
  { limit, cursor, ...selection }: Selection & { limit: number; cursor?: string | undefined },
  now: number,
): Promise<Page> {
  const after = cursor === undefined ? undefined : parseCursor(cursor, userId, selection);
  if (cursor !== undefined && !after) throw problems.foreignCursor();
  // One more, to know whether there is a next page.
  const found = await repository.page(userId, selection, limit + 1, now, after);
  const page = found.slice(0, limit);
  return {
    activities: page.map(toActivityBody),
    next_cursor: found.length > limit ? toCursor(page.at(-1)!, userId, selection) : null,
  };
}
