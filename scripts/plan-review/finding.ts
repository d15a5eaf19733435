/** From what can wait to what must not happen by mistake. */
export const severities = ["info", "warning", "critical"] as const;

export type Severity = (typeof severities)[number];

/** What a change means: a predicate in Markdown that follows the address of the resource. The subject is two or three words. */
export type Finding = Readonly<{ severity: Severity; subject: string; text: string }>;

/** Constructors of findings about one subject. */
export function findingsAbout(subject: string) {
  const finding =
    (severity: Severity) =>
    (text: string): Finding => ({ severity, subject, text });
  return { warning: finding("warning"), critical: finding("critical") };
}

/** What a rule says about an attribute that only the reviewer can evaluate. */
export const unknownYet = "is known only after the apply: read it in the code";

/**
 * A value as a code span of Markdown, of at most 120 characters, so that nothing in it is read as Markdown or HTML, or mentions a user by
 * `@name`. Values come from a plan, and so from the author of the change.
 */
export const toCodeSpan = (value: unknown): string => truncate(value, 120);

/** An address as a code span. It identifies a resource, so that it may be longer than other values. */
export const toAddressSpan = (address: string): string => truncate(address, 300);

function truncate(value: unknown, maxLength: number): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  // Invisible characters, or those that change the direction of writing, would show another text.
  const plain = text.replace(/\s+/g, " ").replace(/\p{C}/gu, "").replaceAll("`", "'");
  const short = plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
  // A pipe ends a cell of a table even within code.
  return `\`${short.replaceAll("|", "\\|") || " "}\``;
}

/** Replaces the code spans in which a secret stands. Short ones may be part of any word: they are only found as a whole. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const spans = secrets.map((secret) => ({ isLong: secret.length > 5, span: toCodeSpan(secret) }));
  return text.replace(/`[^`]*`/g, (shown) =>
    spans.some(({ isLong, span }) => shown === span || (isLong && shown.includes(span.slice(1, -1).replace(/…$/, ""))))
      ? "`(sensitive)`"
      : shown,
  );
}
