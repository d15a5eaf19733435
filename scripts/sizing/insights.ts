import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  ResourceNotFoundException,
  type ResultField,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { computeUsdPerMillion, type MeasuredGroup, type MeasuredSize, summarizeBy } from "./sizing.ts";

const metrics = "record.metrics";

/**
 * The figures of each function and memory size. CloudWatch aggregates them, since a query returns at most 10,000 rows. The
 * functions log JSON, so the fields are those of `platform.report`, as in the saved queries.
 */
export const reportQuery = [
  'filter type = "platform.report"',
  `fields ispresent(${metrics}.initDurationMs) as cold`,
  "stats count(*) as requests" +
    [50, 95, 99].map((percent) => `, pct(${metrics}.durationMs, ${percent}) as p${percent}`).join("") +
    `, avg(${metrics}.billedDurationMs) as billed, pct(${metrics}.initDurationMs, 50) as init` +
    `, max(${metrics}.maxMemoryUsedMB) as used by @log, ${metrics}.memorySizeMB, record.status, cold`,
  "sort @log asc",
].join("\n| ");

/**
 * Reads the figures of an environment's functions, a group for each function.
 *
 * @throws {OperatorError} if the logs contain no report, or the query fails
 */
export async function queryInsights(environment: DeployedEnvironment, days: number): Promise<MeasuredGroup[]> {
  const { region } = getEnvironment(environment);
  const logs = new CloudWatchLogsClient({ region, requestHandler: createRequestLimits() });
  const rows = await runQuery(logs, environment, days).catch((error: unknown) => {
    if (error instanceof OperatorError) throw error;
    const { why, action } = explainFailure(error, environment);
    throw new OperatorError("function-logs-not-read", {
      what: `The logs of ${environment} were not read in ${region}.`,
      why,
      action,
      cause: error,
    });
  });
  if (rows.length > 0) return summarizeBy(rows.map(toRow), toSize);
  throw new OperatorError("invocation-reports-not-found", {
    what: `The logs of ${environment} contain no report of an invocation in the last ${days} days.`,
    why: "No function ran, or the system log level is above INFO.",
    action: "Set --days to a longer period, or the system log level to INFO.",
  });
}

async function runQuery(
  logs: CloudWatchLogsClient,
  environment: DeployedEnvironment,
  days: number,
): Promise<ResultField[][]> {
  const endTime = Math.ceil(Date.now() / 1_000);
  const { queryId } = await logs.send(
    new StartQueryCommand({
      logGroupNames: ["api", "auth"].map((id) => `/aws/lambda/${functionName(environment, id)}`),
      startTime: endTime - days * 24 * 60 * 60,
      endTime,
      queryString: reportQuery,
    }),
  );
  const rows: ResultField[][] = [];
  let nextToken: string | undefined;
  return poll(
    async () => {
      const { status, results = [], ...page } = await logs.send(new GetQueryResultsCommand({ queryId, nextToken }));
      if (status === "Complete") {
        rows.push(...results);
        nextToken = page.nextToken;
        return nextToken ? undefined : rows;
      }
      if (status === "Scheduled" || status === "Running") return undefined;
      throw new OperatorError("insights-query-failed", {
        what: "CloudWatch Logs Insights did not complete the query.",
        why: `The query ended with the status ${status}.`,
        action: "Try again, with fewer --days.",
      });
    },
    { delayMs: 1_000 },
  );
}

/** The invocations of a function at a memory size, cold or warm, with one status. */
function toRow(fields: readonly ResultField[]) {
  const values = Object.fromEntries(fields.map(({ field, value }) => [field, value ?? ""]));
  const number = (name: string): number => Number(values[name]);
  return {
    // `@log` is the account and the log group, such as `111122223333:/aws/lambda/ecobeat-staging-api`.
    group: values["@log"]!.split("/").at(-1)!,
    memoryMb: number(`${metrics}.memorySizeMB`),
    failed: values["record.status"] !== "success",
    cold: Boolean(values.init),
    number,
  };
}

function toSize(memoryMb: number, rows: readonly ReturnType<typeof toRow>[]): MeasuredSize {
  const count = (some: typeof rows) => some.reduce((sum, row) => sum + row.number("requests"), 0);
  const cold = rows.filter((row) => row.cold);
  const warm = rows.find((row) => !row.cold && !row.failed);
  const figure = (name: string): number => warm?.number(name) ?? Number.NaN;
  return {
    memoryMb,
    requests: warm?.number("requests") ?? 0,
    p50Ms: figure("p50"),
    p95Ms: figure("p95"),
    p99Ms: figure("p99"),
    billedMs: figure("billed"),
    coldStarts: count(cold),
    ...(cold[0] && { initMs: cold[0].number("init") }),
    maxUsedMb: Math.max(...rows.map((row) => row.number("used"))),
    failures: count(rows.filter((row) => row.failed)),
    usdPerMillion: computeUsdPerMillion(memoryMb, figure("billed")),
  };
}

const explainFailure = (error: unknown, environment: DeployedEnvironment): Reason =>
  error instanceof ResourceNotFoundException
    ? {
        why: "The log groups do not exist.",
        action: `Deploy ${toNamePrefix(environment)}-service first, with credentials of the same account.`,
      }
    : explainAwsFailure("AWS CloudWatch Logs", error);
