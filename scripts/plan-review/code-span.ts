/**
 * A value as a code span of Markdown, of at most 120 characters, so that nothing in it is read as Markdown or HTML, or mentions a user by
 * `@name`. Values come from a plan, and so from the author of the change.
 */
export function toCodeSpan(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  // Invisible characters, or those that change the direction of writing, would show another text.
  const plain = text.replace(/\s+/g, " ").replace(/\p{C}/gu, "").replaceAll("`", "'");
  const short = plain.length > 120 ? `${plain.slice(0, 120)}…` : plain;
  // A pipe ends a cell of a table even within code.
  return `\`${short.replaceAll("|", "\\|") || " "}\``;
}
