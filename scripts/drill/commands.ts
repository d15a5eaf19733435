import { type Command, InvalidArgumentError, Option } from "commander";
import {
  dryRunOption,
  environmentOption,
  jsonOption,
  wholeNumberParser,
  withListOfChoices,
  yesOption,
} from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { RunDrillsOptions } from "./run-drills.ts";
import { scenarios } from "./scenarios.ts";

interface CommandOptions extends Omit<RunDrillsOptions, "targets" | "outageSeconds"> {
  readonly outageSeconds?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Folder for `drill.json` and `drill.html`. */
  readonly report?: string;
  readonly rto: number;
  readonly rpo: number;
}

const parseCount = wholeNumberParser("activities", 1, 10_000_000);
const parseWholeSeconds = wholeNumberParser("s", 1, 10_000_000);

/** Adds `drill` to a program. */
export function registerDrill(program: Command): void {
  program
    .command("drill")
    .description("cause a disaster, recover with the runbook's own commands, and measure RTO and RPO")
    .addOption(
      withListOfChoices(
        new Option("--scenario <name,...>", "the disasters"),
        Object.keys(scenarios),
      ).makeOptionMandatory(),
    )
    .addOption(
      environmentOption("run in a deployed environment that is `drillable`, and destroy its database (asks)").conflicts(
        "manual",
      ),
    )
    .addOption(yesOption())
    .addOption(dryRunOption("print what the drill needs and does, and do nothing"))
    .option("--documents <n>", "activities in the database before the disaster", parseCount, 10_000)
    .option("--write-seconds <n>", "how long users write between backup and disaster", parseWholeSeconds, 3)
    .option(
      "--outage-seconds <n>",
      "duration of an outage that ends by itself (default: 30, with --manual 240)",
      parseWholeSeconds,
    )
    .option("--rto <time>", "recovery time objective, such as 15m", parseSeconds, 15 * 60)
    .option("--rpo <time>", "recovery point objective, such as 4h", parseSeconds, 4 * 60 * 60)
    .option("--backup-location <location>", "a folder, or s3://bucket/prefix (default: a new bucket)")
    .option("--manual", "wait while you follow the runbook in another terminal")
    .addOption(jsonOption())
    .option("--report <folder>", "write drill.json and drill.html, which has a timeline")
    .addHelpText(
      "after",
      "\nWithout --environment, set MONGODB_URI, REDIS_URL and AWS_ENDPOINT_URL to services on this machine. The drill destroys " +
        "only what it created there. See docs/drills.md.",
    )
    .action(drill);
}

/** The exit status is 1 if a drill did not pass. */
async function drill({ dryRun, json, report, rto, rpo, outageSeconds, ...options }: CommandOptions): Promise<void> {
  const { planDrills, runDrills, writeReport } = await import("./run-drills.ts");
  if (dryRun) {
    const plan = await planDrills(options.scenario, options.environment);
    if (json) printJson({ plan });
    else console.log(plan.join("\n"));
    return;
  }
  const targets = { rtoSeconds: rto, rpoSeconds: rpo };
  const reports = await runDrills(
    { outageSeconds: outageSeconds ?? (options.manual ? 240 : 30), ...options, targets },
    createLog(json),
  );
  if (json) printJson(reports);
  if (report !== undefined) await writeReport(report, reports);
  if (!reports.every(({ passed }) => passed)) process.exitCode = 1;
}

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3_600 };

function parseSeconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (number && unit) return Number(number) * unitSeconds[unit as keyof typeof unitSeconds];
  throw new InvalidArgumentError("It must be a time such as 15m, 4h, 30s or 1ms.");
}
