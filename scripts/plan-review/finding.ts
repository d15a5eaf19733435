import type { ResourceChange } from "./plan.ts";

/** From what can wait to what must not happen by mistake. */
export const severities = ["info", "warning", "critical"] as const;

export type Severity = (typeof severities)[number];

/** What a change means: a predicate in Markdown that follows the address of the resource. The subject is two or three words. */
export type Finding = Readonly<{ severity: Severity; subject: string; text: string }>;

/** Says what a change means in one respect; empty if it means nothing. */
export type Rule = (change: ResourceChange) => Finding[];

/** Constructors of findings about one subject. */
export function findingsAbout(subject: string) {
  const finding =
    (severity: Severity) =>
    (text: string): Finding => ({ severity, subject, text });
  return { warning: finding("warning"), critical: finding("critical") };
}

/** What a rule says about an attribute that only the reviewer can evaluate. */
export const unknownYet = "is known only after the apply: read it in the code";
