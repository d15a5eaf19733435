import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { formatTable } from "../cli/table.ts";
import { withDeployedStacks } from "../hcp-terraform/deployed-stacks.ts";
import { computeTotal, type Estimate, estimate, type ResourceCost, requestRates } from "./estimate.ts";
import type { StackConfiguration } from "./line-item.ts";
import { type Price, type PriceName, priceDate, priceList, priceRegion, prices } from "./prices.ts";
import { assumptions, getAssumptions } from "./traffic.ts";

/**
 * What the stacks cost in a month, from their own synthesis and a table of prices. Asks no service. A resource type without a
 * price is a warning in the report.
 *
 * @param environment @default all environments
 * @param format tables, or JSON with a line for each resource
 * @throws {ConfigurationError} when a resource of a priced type has a size or a name of which nothing says what it costs
 */
export async function reportCosts(
  environment: DeployedEnvironment | undefined,
  format: "text" | "json",
): Promise<string> {
  const stacks = await withDeployedStacks(environment, async (found) => found);
  const estimates = (environment ? [environment] : deployedEnvironments).map((name) => {
    const own = stacks.filter((stack) => stack.name.startsWith(`ecobeat-${name}-`));
    const configurations = own.map(
      (stack) => [stack.name, stack.configuration as StackConfiguration] as const,
    );
    return { name, ...estimate(Object.fromEntries(configurations)) };
  });
  if (format === "text") {
    const tables = estimates.map((each) =>
      formatEstimate(each.name, each, environments[each.name].api.requestsPerSecond),
    );
    return [...tables, explainFigures(estimates)].join("\n\n");
  }
  const warnings = estimates.flatMap(({ name, unknownTypes }) => toWarnings(name, unknownTypes));
  const report = {
    priceDate,
    currency: "USD",
    requestsPerSecond: requestRates,
    warnings,
    estimates,
    assumptions,
    prices,
  };
  return JSON.stringify(report, null, 2);
}

/** All resources of one type. */
interface Row {
  readonly type: string;
  readonly count: number;
  readonly usd: readonly number[];
  readonly prices: readonly PriceName[];
  readonly approximate: boolean;
}

/** What costs less at every load is summed up in one row. */
const cent = 0.01;

const terminalColumns = 100;

const columns = requestRates.map((load) => (load === 0 ? "idle" : `${load}/s`));

/** Resources of a type in one row, the largest at the highest load first. */
function toRows(lines: readonly ResourceCost[]): Row[] {
  const byType = new Map<string, ResourceCost[]>();
  for (const line of lines) byType.set(line.type, [...(byType.get(line.type) ?? []), line]);
  return [...byType]
    .map(([type, own]) => ({
      type,
      count: own.length,
      usd: computeTotal(own),
      prices: [...new Set(own.flatMap((each) => each.prices))],
      approximate: own.some(({ approximate }) => approximate),
    }))
    .sort((one, other) => other.usd.at(-1)! - one.usd.at(-1)! || one.type.localeCompare(other.type));
}

/** The assumptions are good for two significant digits; more would only look exact. */
const digits = new Intl.NumberFormat("en", {
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
  useGrouping: false,
});

const formatUsd = (usd: number): string => digits.format(usd);

/**
 * An estimate as a table that fits a terminal of 100 columns.
 *
 * @param requestsPerSecond what the environment's API lets through at most
 */
export function formatEstimate(
  name: string,
  { resources, total, unknownTypes }: Estimate,
  requestsPerSecond: number,
): string {
  const rows = toRows(resources).filter(({ usd }) => usd.some((each) => each >= cent));
  const [heads, ...figures] = formatTable(
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
    heads,
    ...rows.flatMap((row, index) => [
      figures[index] + (row.approximate ? " ~" : ""),
      wrap(`    ${formatBasis(row.prices)}`, 6),
    ]),
    figures.at(-1),
    ...toWarnings(name, unknownTypes).map((warning) => wrap(`Warning: ${warning}`, 2)),
    "",
    ...columns.map((column, index) =>
      wrap(`  ${column.padEnd(6)}${formatMostExpensive(rows, total, index)}`, 8),
    ),
    ...requestRates
      .filter((load) => load > requestsPerSecond)
      .map((load) => `  ${load}/s is more than the API lets through: ${requestsPerSecond}/s.`),
  ].join("\n");
}

/** Names what is explained below all tables. */
function formatBasis(names: readonly PriceName[]): string {
  const assumed = getAssumptions(names);
  return `at ${names.join(", ")}${assumed.length > 0 ? `; assumes ${assumed.join(", ")}` : ""}`;
}

/** A warning where an estimate leaves out something of which it is not known what it costs. */
export const toWarnings = (name: string, unknownTypes: readonly string[]): string[] =>
  unknownTypes.length === 0
    ? []
    : [
        `The total of ${name} does not include ${unknownTypes.join(", ")}. No price of these resource types is known. ` +
          `Add them to one of scripts/cost/priced-*.ts, or to free-types.ts.`,
      ];

/** What makes up most of one column, largest first. */
function formatMostExpensive(rows: readonly Row[], total: readonly number[], column: number): string {
  return [...rows]
    .sort((one, other) => other.usd[column]! - one.usd[column]!)
    .slice(0, 3)
    .map(({ type, usd }) => `${Math.round((usd[column]! / total[column]!) * 100)} % ${type}`)
    .join(", ");
}

/** The prices and the assumptions on which the figures of some estimates rest. */
export function explainFigures(estimates: readonly Estimate[]): string {
  const lines = estimates.flatMap((each) => each.resources);
  const isUsed = ([name]: [string, unknown]): boolean =>
    lines.some((line) => [...line.prices, ...line.assumptions].some((each) => each === name));
  const used = (Object.entries(prices) as [PriceName, Price][]).filter(isUsed);
  return [
    `Prices of ${priceRegion} as of ${priceDate}, without taxes and free tiers.`,
    "~ marks a price that was not seen in the region's own list.",
    `Price list: ${priceList}`,
    "",
    ...formatDefinitions(
      used.map(([name, { usd, unit, source, unconfirmed }]) => [
        name,
        `${usd} per ${unit}${unconfirmed ? " ~" : ""}: ${source.replace(`${priceList}/`, "")}`,
      ]),
    ),
    "",
    "Assumed (scripts/cost/traffic.ts):",
    ...formatDefinitions(
      Object.entries(assumptions)
        .filter(isUsed)
        .map(([name, { value, unit, why }]) => [name, `${value} ${unit}: ${why}`]),
    ),
  ].join("\n");
}

function formatDefinitions(entries: readonly (readonly [name: string, text: string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, text]) => wrap(`  ${name.padEnd(width)}  ${text}`, width + 4));
}

/** Breaks a line at blanks, so that it fits a terminal; what goes on is indented. */
function wrap(line: string, indent: number): string {
  if (line.length <= terminalColumns) return line;
  const end = line.lastIndexOf(" ", terminalColumns);
  return `${line.slice(0, end)}\n${wrap(" ".repeat(indent) + line.slice(end + 1), indent)}`;
}
