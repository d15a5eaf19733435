import { createHash } from "node:crypto";
import * as z from "zod";
import { parseJson } from "../platform/parse-json.ts";
import { uuidPattern } from "../platform/uuid.ts";
import { type Position, type Selection, toActivityId, toActivityKey } from "./repository.ts";
import { earliest } from "./schemas.ts";

const content = z.tuple([z.int().min(earliest.getTime()).max(8.64e15), z.string().regex(uuidPattern), z.string()]);

/**
 * The position after an activity, as text for the client to send back. It contains only the activity's time and id, and the list
 * that it belongs to. It is not signed: any position that a client makes up is among its own activities.
 */
export function toCursor(activity: Position, userId: string, selection: Selection): string {
  const parts = [activity.occurredAt.getTime(), toActivityId(activity), computeListId(userId, selection)];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** @returns the position, or undefined if this is no cursor of that list */
export function parseCursor(cursor: string, userId: string, selection: Selection): Position | undefined {
  const read = content.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  if (!read.success) return undefined;
  const [time, id, list] = read.data;
  if (list !== computeListId(userId, selection)) return undefined;
  return { occurredAt: new Date(time), _id: toActivityKey(userId, id) };
}

/** Identifies a list. In another list, a cursor would silently skip the activities before its position. */
function computeListId(userId: string, { kind, from, to }: Selection): string {
  const list = JSON.stringify([userId, kind, from, to]);
  return createHash("sha256").update(list).digest("base64url").slice(0, 12);
}
