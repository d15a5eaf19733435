const words = new Set(
  (
    "fields filter stats sort limit display by as asc desc and or not in like " +
    "count count_distinct pct avg max min earliest latest bin coalesce ispresent"
  ).split(" "),
);

/**
 * The fields that a query of CloudWatch Logs Insights reads from log lines: its words without commands, functions, texts and
 * aliases.
 */
export function queryFields(query: string): string[] {
  const code = query.replaceAll(/"[^"]*"|'[^']*'/g, " ").replaceAll(/\b\d+[a-z]*\b/g, " ");
  const own = [...code.matchAll(/\bas (\w+)/g)].map(([, name]) => name!);
  const names = [...code.matchAll(/@?[A-Za-z_][\w.]*/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !words.has(name) && !own.includes(name));
}
