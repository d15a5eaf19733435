import type { Attributes } from "./synthesize.ts";

const condition = /^\$((?:\.\w+)+) (=|>) (?:"([^"]*)"|(\d+))$/;

/**
 * Whether a filter pattern of CloudWatch Logs matches a line. Supports the syntax that the stacks use: `=` with a quoted text, `>`
 * with a number, and `&&` between them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 * @throws Error for any other pattern
 */
function matchesPattern(pattern: string, line: object): boolean {
  const [, conditions] = /^\{ (.*) \}$/.exec(pattern) ?? [];
  if (!conditions) throw new Error(`The pattern ${pattern} is not a filter for JSON.`);
  return conditions.split(" && ").every((text) => {
    const [, path, operator, word, number] = condition.exec(text) ?? [];
    if (!path) throw new Error(`The condition ${text} is not supported.`);
    const value = getField(path, line);
    return operator === "=" && word !== undefined ? value === word : Number(value) > Number(number);
  });
}

/** The value of a field such as `.record.metrics`, or `undefined`. */
export const getField = (path: string, line: object): unknown =>
  path
    .split(".")
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], line);

/**
 * The value that a metric filter of the stacks extracts from a line.
 *
 * @returns undefined if its pattern does not match
 */
export function extractValue(filter: Attributes, line: object): number | undefined {
  const { pattern, metric_transformation } = filter;
  if (!matchesPattern(pattern, line)) return undefined;
  const { value } = metric_transformation;
  return Number(value.startsWith("$") ? getField(value.slice(1), line) : value);
}
