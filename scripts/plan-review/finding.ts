import type { ResourceChange } from "./plan.ts";

/** From what may wait to what must not happen by mistake. */
export const severities = ["note", "attention", "danger"] as const;

export type Severity = (typeof severities)[number];

/** What a change means. */
export interface Finding {
  readonly severity: Severity;
  /** Two or three words, such as "Data loss". */
  readonly subject: string;
  /** What happens, in Markdown, to be read behind the resource's address. */
  readonly text: string;
}

/** Says what a change means in one respect; nothing where it means nothing. */
export type Rule = (change: ResourceChange) => Finding[];
