import * as z from "zod";
import { recordableDays } from "../contract.ts";
import type { FieldError } from "../platform/problems.ts";
import { text } from "../platform/text.ts";
import { isKnownKind } from "./kinds.ts";

/** As many as fit into a body of 100 kB at their longest. */
export const maxBatch = 100;

/** A sentence or two. With 4 bytes per character, a batch of activities fits into 100 kB. */
const maxNoteCharacters = 200;

/** One activity is a trip, a meal or a day. The longest railway journey is shorter. */
const maxQuantity = 10_000;

/** No user recorded anything before. A phone without a clock sends 1970. */
export const earliest = new Date("2000-01-01T00:00:00Z");

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** A phone's clock may be wrong, or its time zone. */
const aheadMilliseconds = dayMilliseconds;

/** The id of a new activity; in lower case, so that both spellings of a UUID are one (RFC 9562, 4). */
export const activityId = text()
  .transform((value) => value.toLowerCase())
  .pipe(z.uuid("is not a UUID"));

/** Any that this or a newer version of the service may know. */
const kind = text()
  .regex(/^[a-z\d]+(_[a-z\d]+)*$/, "is not one of /v1/activity-kinds")
  .max(64, "has more than 64 characters");

/** Rounded to thousandths: a metre, a gram. */
const quantity = z
  .number("must be a number")
  .max(maxQuantity, `is more than ${maxQuantity}`)
  .transform((value) => Math.round(value * 1000) / 1000)
  .refine((value) => value > 0, "must be at least 0.001");

const time = text()
  .pipe(z.iso.datetime({ offset: true, error: "is not a time as in RFC 3339, such as 2026-11-22T08:30:00Z" }))
  .transform((value) => new Date(value));

const occurredAt = time.refine((value) => value >= earliest, "is before the year 2000");

/** People write line breaks, but no other control characters. */
const note = text()
  .transform((value) => value.normalize("NFC").trim())
  .refine((value) => [...value].length <= maxNoteCharacters, `has more than ${maxNoteCharacters} characters`)
  .refine((value) => !/[^\P{Cc}\n]/u.test(value), "must not contain control characters except line breaks");

const noteOrNone = z.union([note, z.null()]);

export const newActivity = z.strictObject({
  id: activityId,
  kind,
  quantity,
  occurred_at: occurredAt,
  note: noteOrNone.default(null),
});

export type NewActivity = z.infer<typeof newActivity>;

/**
 * Whether an item of a batch has a kind that only another version of the service may know, and of which this one cannot tell whether
 * the other members are valid.
 */
export function hasUnknownKind(item: unknown): boolean {
  const { success, data } = kind.safeParse((item as { kind?: unknown } | null)?.kind);
  return success && !isKnownKind(data);
}

/** Whether an item or a batch has no other fault than members that only another version of the service may know. */
export const hasOnlyUnknownMembers = ({ issues }: z.ZodError): boolean =>
  issues.every(({ code }) => code === "unrecognized_keys");

/** Its items are validated one by one: a faulty item must not affect the others. */
export const batch = z.strictObject({
  activities: z
    .array(z.unknown(), "must be an array")
    .min(1, "is empty")
    .max(maxBatch, `has more than ${maxBatch} items`),
});

export const activityChange = z
  .strictObject({
    kind: kind.optional(),
    quantity: quantity.optional(),
    occurred_at: occurredAt.optional(),
    note: noteOrNone.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "names nothing to change");

export type ActivityChange = z.infer<typeof activityChange>;

/** The id in a path, or undefined if it is no UUID. */
export const idInPath = (value: string): string | undefined => activityId.safeParse(value).data;

/** The fault of a time that is in the future or too long ago; none without a time. */
export function timeFaults(at: Date | undefined, now: number, pointer: string): FieldError[] {
  if (at && at.getTime() > now + aheadMilliseconds) {
    return [{ pointer, detail: "is more than a day in the future" }];
  }
  if (at && at.getTime() < now - recordableDays * dayMilliseconds) {
    return [{ pointer, detail: `is more than ${recordableDays} days ago: older activities are archived` }];
  }
  return [];
}

/** Maximum number of activities on a page. */
export const maxPage = 100;
const limitError = `must be a whole number from 1 to ${maxPage}`;

export const listQuery = z.strictObject({
  limit: text()
    .regex(/^\d{1,3}$/, limitError)
    .transform(Number)
    .refine((value) => value >= 1 && value <= maxPage, limitError)
    .default(50),
  cursor: text().optional(),
  kind: text().max(64, "has more than 64 characters").optional(),
  from: time.optional(),
  to: time.optional(),
});

export const summaryQuery = z.strictObject({
  month: text().regex(/^20\d\d-(0[1-9]|1[0-2])$/, "is not a month such as 2026-11"),
});
