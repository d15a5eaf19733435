/** From what can wait to what must not happen by mistake. */
export const severities = ["info", "warning", "critical"] as const;

export type Severity = (typeof severities)[number];

/** What a change means: a predicate in Markdown that follows the address of the resource. The subject is two or three words. */
export type Finding = Readonly<{ severity: Severity; subject: string; text: string }>;

/** A constructor of warnings and critical findings about one subject. */
export const findingsAbout =
  (subject: string) =>
  (text: string, isCritical = false): Finding => ({ severity: isCritical ? "critical" : "warning", subject, text });

/** What a rule says about an attribute that only the reviewer can evaluate. */
export const unknownYet = "is known only after the apply: read it in the code";

/** The first values of a list, and the number of the others. */
export const shorten = (values: readonly string[], maxLength: number, noun = ""): readonly string[] =>
  values.length <= maxLength ? values : [...values.slice(0, maxLength), `and ${values.length - maxLength} more${noun}`];

/**
 * A value as a code span of Markdown, so that nothing in it is read as Markdown or HTML, or mentions a user by `@name`. Values come
 * from a plan, and so from the author of the change.
 */
export function toCodeSpan(value: unknown, maxLength = 120): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  // Invisible characters, or those that change the direction of writing, would show another text.
  const plain = text.replace(/\s+/g, " ").replace(/\p{C}/gu, "").replaceAll("`", "'");
  const short = plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
  // A pipe ends a cell of a table even within code.
  return `\`${short.replaceAll("|", "\\|") || " "}\``;
}

/** Values as code spans, with commas between them. */
export const toCodeSpans = (values: readonly unknown[]): string => values.map((value) => toCodeSpan(value)).join(", ");

/** Replaces the code spans in which a secret stands. Short ones may be part of any word: they are only found as a whole. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const spans = secrets.map((secret) => ({ isLong: secret.length > 5, span: toCodeSpan(secret) }));
  return text.replace(/`[^`]*`/g, (shown) =>
    spans.some(({ isLong, span }) => shown === span || (isLong && shown.includes(span.slice(1, -1).replace(/…$/, ""))))
      ? "`(sensitive)`"
      : shown,
  );
}
