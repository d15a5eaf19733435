import { problems } from "../platform/problems.ts";
import { toActivityBody } from "./body.ts";
import { parseCursor, toCursor } from "./cursor.ts";
import type { ActivityRepository, Selection } from "./repository.ts";
import type { Page } from "./response-schemas.ts";

/**
 * A page of a user's activities. Whatever is recorded while a client reads page after page, it sees no activity twice and misses none
 * that existed when it began. The exception is an activity whose time changes meanwhile, which changes its position.
 *
 * @param cursor `next_cursor` of the previous page; @default the first page
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
