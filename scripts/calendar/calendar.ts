import { formatTable } from "../cli/table.ts";
import { type Day, type Expiry, expiries } from "./expiries.ts";

/** How long before it ends something becomes due, in days: time to plan, test and release its replacement. */
export const noticeDays = 120;

/** After this many days, an end that the vendor had not announced must be looked up again. */
const lookUpDays = 365;

const dayMs = 24 * 60 * 60 * 1000;

/** An entry of the calendar with its state on a day, as in the JSON output of `calendar`. */
export interface CalendarEntry {
  readonly what: string;
  readonly owner: string;
  /** The day by which it must be renewed, looked up or decided on again; null if only an environment knows it. */
  readonly by: Day | null;
  /** Whole days until then, negative after it. */
  readonly daysLeft: number | null;
  readonly isDue: boolean;
  readonly renew: string;
}

/**
 * All entries, the most urgent first, and those without a date of their own last.
 * @param now milliseconds since the epoch
 * @param rows @default those of this repository
 */
export function listEntries(now: number, rows: readonly Expiry[] = expiries): CalendarEntry[] {
  const today = Math.floor(now / dayMs);
  return rows
    .map(({ what, owner, renew, ...end }): CalendarEntry => {
      const by = getDueDay(end);
      const daysLeft = by ? Date.parse(by) / dayMs - today : null;
      return { what, owner, by: by ?? null, daysLeft, isDue: daysLeft !== null && daysLeft < noticeDays, renew };
    })
    .sort((a, b) => (a.daysLeft ?? Number.POSITIVE_INFINITY) - (b.daysLeft ?? Number.POSITIVE_INFINITY) || 0);
}

/**
 * The day by which to act. A decision to accept what has ended also has one.
 * @returns undefined if only an environment knows it, or it is renewed automatically
 */
export function getDueDay(end: Pick<Expiry, "ends" | "accepted" | "lookedUp">): Day | undefined {
  if (end.lookedUp) return toDay(Date.parse(end.lookedUp) + lookUpDays * dayMs);
  return end.accepted?.until ?? end.ends;
}

const toDay = (ms: number): Day => new Date(ms).toISOString().slice(0, "2026-11-30".length) as Day;

/** What is due, each with the day and the action; empty if nothing is. */
export const describeDue = (entries: readonly CalendarEntry[]): string[] =>
  entries
    .filter(({ isDue }) => isDue)
    .map(
      ({ what, owner, by, daysLeft, renew }) =>
        `${what} ${daysLeft! < 0 ? `was due on ${by}, ${-daysLeft!} days ago` : `is due by ${by}, in ${daysLeft} days`}. ` +
        `Its owner is ${owner}. ${renew} Then correct its row in scripts/calendar/expiries.ts and docs/calendar.md.`,
    );

/** A table for the terminal. */
export function formatEntries(entries: readonly CalendarEntry[]): string[] {
  const rows = entries.map(({ what, owner, by, daysLeft, isDue }) => [
    by ?? "-",
    daysLeft === null ? "-" : String(daysLeft),
    isDue ? "due" : "",
    what,
    owner,
  ]);
  return formatTable([["by", "days", "state", "what", "owner"], ...rows], [1]);
}
