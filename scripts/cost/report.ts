import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { environments, getEnvironment } from "../../stacks/environments/index.ts";
import { formatTable } from "../cli/table.ts";
import { withDeployedStacks } from "../terraform/deployed-stacks.ts";
import type { StackConfiguration } from "../terraform/resources.ts";
import { computeTotal, type Estimate, estimate, type ResourceCost, requestRates } from "./estimate.ts";
import type { Price } from "./price.ts";
import { type PriceName, priceDate, priceList, priceRegion, prices } from "./prices.ts";
import { assumptions } from "./traffic.ts";

/**
 * Estimates the monthly cost of the synthesized stacks by a table of prices, without calling a service. The report warns of
 * what has no known price.
 *
 * @param environment @default all environments
 * @param format tables, or JSON with each resource
 * @throws {OperatorError} if the usage of a priced resource is unknown
 */
export async function reportCosts(
  environment: DeployedEnvironment | undefined,
  format: "text" | "json",
): Promise<string> {
  const stacks = await withDeployedStacks(environment, async (found) =>
    found.map(({ name, configuration }) => [name, configuration as StackConfiguration] as const),
  );
  const estimates = (environment ? [environment] : Object.keys(environments)).map((name) => {
    const own = stacks.filter(([stack]) => stack.startsWith(`${toNamePrefix(name)}-`));
    return { name, ...estimate(Object.fromEntries(own)) };
  });
  if (format === "text") {
    const tables = estimates.map((each) =>
      formatEstimate(each.name, each, getEnvironment(each.name).api.requestsPerSecond),
    );
    return [...tables, explainFigures(estimates)].join("\n\n");
  }
  const warnings = estimates.flatMap((each) => toWarnings(each.name, each));
  const header = { priceDate, currency: "USD", requestsPerSecond: requestRates };
  return JSON.stringify({ ...header, warnings, estimates, assumptions, prices }, null, 2);
}

/** All resources of one type. */
interface Row extends Pick<ResourceCost, "type" | "usd" | "prices" | "assumptions" | "approximate"> {
  readonly count: number;
}

/** A type that costs less at every rate has no row. */
const cent = 0.01;

const terminalColumns = 100;

const columns = requestRates.map((rate) => (rate === 0 ? "idle" : `${rate}/s`));

/** One row per type, the most expensive at the highest rate first. */
function toRows(resources: readonly ResourceCost[]): Row[] {
  const types = [...new Set(resources.map(({ type }) => type))];
  return types
    .map((type) => {
      const own = resources.filter((resource) => resource.type === type);
      return {
        type,
        count: own.length,
        usd: computeTotal(own),
        prices: [...new Set(own.flatMap((each) => each.prices))],
        assumptions: [...new Set(own.flatMap((each) => each.assumptions))],
        approximate: own.some(({ approximate }) => approximate),
      };
    })
    .sort((one, other) => other.usd.at(-1)! - one.usd.at(-1)! || one.type.localeCompare(other.type));
}

/** The assumptions are precise to two significant digits at best. */
const { format: formatUsd } = new Intl.NumberFormat("en", {
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
  useGrouping: false,
});

/**
 * Formats an estimate for a terminal of 100 columns.
 *
 * @param requestsPerSecond the throttling limit of the environment's API
 */
export function formatEstimate(name: string, of: Estimate, requestsPerSecond: number): string {
  const { resources, total } = of;
  const rows = toRows(resources).filter(({ usd }) => usd.some((each) => each >= cent));
  const [headings, ...figures] = formatTable(
    [
      ["", "", ...columns],
      ...rows.map(({ type, count, usd }) => [type, `${count}`, ...usd.map(formatUsd)]),
      ["total", "", ...total.map(formatUsd)],
    ],
    [1, ...columns.map((_, index) => index + 2)],
  ).map((line) => `  ${line}`);
  return [
    `${name}, US dollars a month, by requests per second day and night`,
    "",
    headings,
    ...rows.flatMap((row, index) => [
      figures[index] + (row.approximate ? " ~" : ""),
      wrap(
        `    at ${row.prices.join(", ")}${row.assumptions.length > 0 ? `; assumes ${row.assumptions.join(", ")}` : ""}`,
        6,
      ),
    ]),
    figures.at(-1),
    ...toWarnings(name, of).map((warning) => wrap(`Warning: ${warning}`, 2)),
    "",
    ...columns.map((column, index) => wrap(`  ${column.padEnd(6)}${formatMostExpensive(rows, total, index)}`, 8)),
    ...requestRates
      .filter((rate) => rate > requestsPerSecond)
      .map((rate) => `  ${rate}/s exceeds the throttling limit of the API: ${requestsPerSecond}/s.`),
  ].join("\n");
}

/** A warning for what the estimate excludes. */
function toWarnings(name: string, { unknownTypes, unknownPrices }: Estimate): string[] {
  const warn = (excluded: readonly string[], action: string) =>
    excluded.length === 0
      ? []
      : [`The total of ${name} does not include ${excluded.join(", ")}. Their prices are unknown. ${action}`];
  return [
    ...warn(unknownTypes, "Add them to one of scripts/cost/priced-*.ts, or to free-types.ts."),
    ...warn(unknownPrices, "Read them in the console of AWS or Atlas, and add them to scripts/cost/type-prices.ts."),
  ];
}

/** The three types with the largest share of a column. */
const formatMostExpensive = (rows: readonly Row[], total: readonly number[], column: number): string =>
  rows
    .toSorted((one, other) => other.usd[column]! - one.usd[column]!)
    .slice(0, 3)
    .map(({ type, usd }) => `${Math.round((usd[column]! / total[column]!) * 100)} % ${type}`)
    .join(", ");

/** Explains the prices and assumptions of estimates. */
export function explainFigures(estimates: readonly Estimate[]): string {
  const names = new Set<string>(
    estimates
      .flatMap(({ resources }) => resources)
      .flatMap((resource) => [...resource.prices, ...resource.assumptions]),
  );
  return [
    `Prices of ${priceRegion} as of ${priceDate}, without taxes and free tiers.`,
    "~ marks a price that is not confirmed in the region's own price list.",
    `Price list: ${priceList}`,
    "",
    ...formatDefinitions(
      (Object.entries(prices) as [PriceName, Price][])
        .filter(([name]) => names.has(name))
        .map(([name, { usd, unit, source, unconfirmed }]) => [
          name,
          `${usd} per ${unit}${unconfirmed ? " ~" : ""}: ${source.replace(`${priceList}/`, "")}`,
        ]),
    ),
    "",
    "Assumptions (scripts/cost/traffic.ts):",
    ...formatDefinitions(
      Object.entries(assumptions)
        .filter(([name]) => names.has(name))
        .map(([name, { value, unit, why }]) => [name, `${value} ${unit}: ${why}`]),
    ),
  ].join("\n");
}

function formatDefinitions(entries: readonly (readonly [name: string, text: string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, text]) => wrap(`  ${name.padEnd(width)}  ${text}`, width + 4));
}

/** Wraps a line at spaces to fit the terminal, with an indent. */
function wrap(line: string, indent: number): string {
  if (line.length <= terminalColumns) return line;
  const end = line.lastIndexOf(" ", terminalColumns);
  return `${line.slice(0, end)}\n${wrap(" ".repeat(indent) + line.slice(end + 1), indent)}`;
}
