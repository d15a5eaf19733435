import { createHash } from "node:crypto";
import { z } from "zod";
import { parseJson } from "../platform/parse-json.ts";
import { type Position, type Selection, toActivityId, toActivityKey } from "./repository.ts";
import { earliest } from "./schemas.ts";

const content = z.tuple([
  z.int().min(earliest.getTime()).max(8.64e15),
  z.string().regex(/^[0-9a-f-]{36}$/),
  z.string(),
]);

/**
 * The place after an activity, as text for the client to bring back. It holds nothing but the activity's time and id and
 * what list it belongs to. It is not signed: whatever a client puts there, it is a place among its own activities.
 */
export function toCursor(activity: Position, userId: string, selection: Selection): string {
  const parts = [activity.occurredAt.getTime(), toActivityId(activity), computeListId(userId, selection)];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** @returns the place, or undefined if this is no cursor of that list */
export function parseCursor(cursor: string, userId: string, selection: Selection): Position | undefined {
  const read = content.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  if (!read.success) return undefined;
  const [time, id, list] = read.data;
  if (list !== computeListId(userId, selection)) return undefined;
  return { occurredAt: new Date(time), _id: toActivityKey(userId, id) };
}

/** Tells lists apart. With another list a cursor would skip, without a word, what that list has before its place. */
function computeListId(userId: string, { kind, from, to }: Selection): string {
  const list = JSON.stringify([userId, kind, from, to]);
  return createHash("sha256").update(list).digest("base64url").slice(0, 12);
}
