import { type Command, InvalidArgumentError, Option } from "commander";
import type { DrillCommandOptions } from "./run-drills.ts";
import { scenarios } from "./scenarios.ts";

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
    .addOption(new Option("--dry-run", "only say what would be needed and done in staging"))
    .option("--documents <n>", "activities in the database before the disaster", whole, 10_000)
    .option("--write-seconds <n>", "how long users go on writing before the disaster", whole, 3)
    .option("--outage-seconds <n>", "how long something lasts that passes by itself", whole, 30)
    .option("--rto <time>", "what a recovery may take, such as 15m", seconds, 15 * 60)
    .option("--rpo <time>", "of what time writes may be lost, such as 4h", seconds, 4 * 60 * 60)
    .option(
      "--vault <place>",
      "where the backup goes: a folder, or s3://bucket/prefix (default: a new bucket)",
    )
    .option("--by-hand", "practise: follow the page yourself, in another terminal")
    .option("--json", "print what was measured, for machines")
    .option("--report <folder>", "write drill.json, and drill.html with a picture")
    .addHelpText(
      "after",
      "\nWithout --environment: needs MONGODB_URI, REDIS_URL and AWS_ENDPOINT_URL on this machine, and destroys nothing there but its own. " +
        "See docs/drills.md.",
    )
    .action(async (options: DrillCommandOptions, command: Command) => {
      if (options.dryRun && !options.environment)
        command.error("error: --dry-run needs --environment staging");
      await (await import("./run-drills.ts")).drill(options);
    });
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

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 10_000_000) return number;
  throw new InvalidArgumentError("It must be a whole number from 1 to 10000000.");
}

const unitSeconds = { ms: 0.001, s: 1, m: 60, h: 3_600 };

function seconds(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (number && unit) return Number(number) * unitSeconds[unit as keyof typeof unitSeconds];
  throw new InvalidArgumentError("It must be a time such as 15m, 4h, 30s or 1ms.");
}
