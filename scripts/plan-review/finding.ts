import type { ResourceChange } from "./plan.ts";

/** From what can wait to what must not happen by mistake. */
export const severities = ["info", "warning", "critical"] as const;

export type Severity = (typeof severities)[number];

/** What a change means. */
export interface Finding {
  readonly severity: Severity;
  /** Two or three words, such as "Data loss". */
  readonly subject: string;
  /** What happens, in Markdown: a predicate that follows the address of the resource. */
  readonly text: string;
}

/** Says what a change means in one respect; empty if it means nothing. */
export type Rule = (change: ResourceChange) => Finding[];

/** A constructor of findings for each severity, all of one subject. */
export function findingsAbout(subject: string): Readonly<Record<Severity, (text: string) => Finding>> {
  const finding = (severity: Severity) => (text: string) => ({ severity, subject, text });
  return { info: finding("info"), warning: finding("warning"), critical: finding("critical") };
}

/** What a rule says about an attribute that only the reviewer can evaluate. */
export const unknownYet = "is known only after the apply: read it in the code";
