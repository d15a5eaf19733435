import { type Command, InvalidArgumentError, Option } from "commander";
import { dryRunOption, jsonOption, wholeNumberParser } from "../cli/options.ts";
import type { RunDrillsOptions } from "./run-drills.ts";
import { scenarios } from "./scenarios.ts";

interface DrillOptions extends Omit<RunDrillsOptions, "manual"> {
  readonly byHand?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Folder for `drill.json` and `drill.html`. */
  readonly report?: string;
}

/** Adds `drill` to a program. */
export function registerDrill(program: Command): void {
  program
    .command("drill")
    .description("rehearse a disaster by the runbook's own commands, and measure RTO and RPO")
    .requiredOption("--scenario <name,...>", `all, or some of ${Object.keys(scenarios).join(", ")}`, names)
    .addOption(
      new Option("--environment <name>", "in the staging that is deployed, after its name was typed")
        .argParser(staging)
        .conflicts("byHand"),
    )
    .addOption(dryRunOption("only say what would be needed and done in staging"))
    .option(
      "--documents <n>",
      "activities in the database before the disaster",
      wholeNumberParser("activities", 1, 10_000_000),
      10_000,
    )
    .option(
      "--write-seconds <n>",
      "how long users go on writing before the disaster",
      wholeNumberParser("s", 1, 10_000_000),
      3,
    )
    .option(
      "--outage-seconds <n>",
      "how long something lasts that passes by itself",
      wholeNumberParser("s", 1, 10_000_000),
      30,
    )
    .option("--rto <time>", "what a recovery may take, such as 15m", seconds, 15 * 60)
    .option("--rpo <time>", "of what time writes may be lost, such as 4h", seconds, 4 * 60 * 60)
    .option(
      "--backup-location <location>",
      "where the backup goes: a folder, or s3://bucket/prefix (default: a new bucket)",
    )
    .option("--by-hand", "practise: follow the page yourself, in another terminal")
    .addOption(jsonOption())
    .option("--report <folder>", "write drill.json, and drill.html with a picture")
    .addHelpText(
      "after",
      "\nWithout --environment: needs MONGODB_URI, REDIS_URL and AWS_ENDPOINT_URL on this machine, and destroys nothing there but its own. " +
        "See docs/drills.md.",
    )
    .action(drill);
}

/** The exit status is 1 if a drill did not pass. */
async function drill(
  { byHand: manual = false, dryRun, json, report, ...options }: DrillOptions,
  command: Command,
): Promise<void> {
  if (dryRun && !options.environment) command.error("error: --dry-run needs --environment staging");
  const { planStagingDrills, runDrills, writeReport } = await import("./run-drills.ts");
  if (dryRun) {
    for (const line of await planStagingDrills(options.scenario)) console.log(line);
    return;
  }
  const reports = await runDrills({ ...options, manual }, json ? console.error : console.log);
  if (json) console.log(JSON.stringify(reports, null, 2));
  if (report !== undefined) await writeReport(report, reports);
  if (!reports.every(({ passed }) => passed)) process.exitCode = 1;
}

function names(text: string): string[] {
  const known = Object.keys(scenarios);
  const given = text === "all" ? known : text.split(",");
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length === 0) return given;
  throw new InvalidArgumentError(
    `There is no ${unknown.join(", ")}. There are ${known.join(", ")}, and all.`,
  );
}

function staging(text: string): "staging" {
  if (text === "staging") return text;
  throw new InvalidArgumentError(
    `A drill destroys the database of ${text}. It takes place in staging, or, without --environment, on this machine.`,
  );
}

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3_600 };

function seconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (number && unit) return Number(number) * unitSeconds[unit as keyof typeof unitSeconds];
  throw new InvalidArgumentError("It must be a time such as 15m, 4h, 30s or 1ms.");
}
