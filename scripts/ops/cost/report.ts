import { type Estimate, type Line, loads, totalOf } from "./estimate.ts";
import { type Price, priceDate, priceRegion, prices } from "./prices.ts";
import { assumptions } from "./traffic.ts";

/** All resources of one type. */
interface Row {
  readonly type: string;
  readonly count: number;
  readonly usd: readonly number[];
  readonly approximate: boolean;
}

/** What costs less at every load is summed up in one row. */
const cent = 0.01;

const terminalColumns = 100;

const columns = loads.map((load) => (load === 0 ? "idle" : `${load}/s`));

/** Resources of a type in one row, the largest at the highest load first. */
function rowsOf(lines: readonly Line[]): Row[] {
  const byType = new Map<string, Line[]>();
  for (const line of lines) byType.set(line.type, [...(byType.get(line.type) ?? []), line]);
  return [...byType]
    .map(([type, own]) => ({
      type,
      count: own.length,
      usd: totalOf(own),
      approximate: own.some(({ approximate }) => approximate),
    }))
    .sort((one, other) => other.usd.at(-1)! - one.usd.at(-1)! || one.type.localeCompare(other.type));
}

const money = (usd: number): string => usd.toFixed(2);

const cells = (values: readonly string[]): string => values.map((value) => value.padStart(10)).join("");

/**
 * An estimate as a table that fits a terminal of 100 columns.
 *
 * @param requestsPerSecond what the environment's API lets through at most
 */
export function tableOf(name: string, { lines, total }: Estimate, requestsPerSecond: number): string {
  const rows = rowsOf(lines).filter(({ usd }) => usd.some((each) => each >= cent));
  const width = Math.max(...rows.map(({ type }) => type.length));
  const line = (first: string, count: string, values: readonly string[]): string =>
    `  ${first.padEnd(width)}${count.padStart(5)} ${cells(values)}`;
  return [
    `${name}, US dollars a month, by requests per second day and night`,
    "",
    line("", "", columns),
    ...rows.map(
      ({ type, count, usd, approximate }) =>
        line(
          type,
          `${count}`,
          usd.map((each) => money(each)),
        ) + (approximate ? " ~" : ""),
    ),
    line("total", "", total.map(money)),
    "",
    ...columns.map((column, index) => `  ${column.padEnd(6)}${dominating(rows, total, index)}`),
    ...loads
      .filter((load) => load > requestsPerSecond)
      .map((load) => `  ${load}/s is more than the API lets through: ${requestsPerSecond}/s.`),
  ].join("\n");
}

/** What makes up most of one column, largest first. */
function dominating(rows: readonly Row[], total: readonly number[], column: number): string {
  return [...rows]
    .sort((one, other) => other.usd[column]! - one.usd[column]!)
    .slice(0, 3)
    .map(({ type, usd }) => `${Math.round((usd[column]! / total[column]!) * 100)} % ${type}`)
    .join(", ");
}

/** What the figures rest on. */
export function basis(): string {
  const width = Math.max(...Object.keys(assumptions).map((name) => name.length));
  const figures = Object.entries(assumptions).map(([name, { value, unit, why }]) =>
    wrapped(`  ${name.padEnd(width)}  ${value} ${unit}: ${why}`, width + 4),
  );
  const unconfirmed = (Object.values(prices) as Price[]).filter(({ unconfirmed }) => unconfirmed).length;
  return [
    `Prices of ${priceRegion} as of ${priceDate} (scripts/ops/cost/prices.ts), without taxes and free tiers.`,
    `~ rests on one of ${unconfirmed} prices that were not seen in the region's own list.`,
    "",
    "Assumed (scripts/ops/cost/traffic.ts):",
    ...figures,
  ].join("\n");
}

/** Breaks a line at blanks, so that it fits a terminal; what goes on is indented. */
function wrapped(line: string, indent: number): string {
  if (line.length <= terminalColumns) return line;
  const end = line.lastIndexOf(" ", terminalColumns);
  return `${line.slice(0, end)}\n${wrapped(" ".repeat(indent) + line.slice(end + 1), indent)}`;
}
