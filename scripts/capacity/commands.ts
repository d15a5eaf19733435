import { type Command, InvalidArgumentError, Option } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption, jsonOption, wholeNumberParser } from "../cli/options.ts";
import { printJson } from "../cli/output.ts";
import type { Push } from "./traffic-model.ts";

interface Options {
  environment: DeployedEnvironment;
  users: number;
  push?: Push;
  json?: boolean;
}

/** Registers `capacity`. */
export function registerCapacity(program: Command): void {
  program
    .command("capacity")
    .description("compute which limits a number of monthly users breaks, in which order, and what must change")
    .requiredOption("--users <number>", "monthly users", wholeNumberParser("users", 1, 100_000_000))
    .addOption(
      new Option("--push <share/time>", "users who open the app after a push message, such as 15%/1m").argParser(
        parsePush,
      ),
    )
    .addOption(environmentOption("the environment").default("production"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Calls no service: it uses the configuration in stacks/environments/, a traffic model, documented quotas of AWS and Atlas, and a
simulation. See docs/capacity.md.`,
    )
    .action(async ({ environment, users, push, json }: Options) => {
      const { computeCapacity, formatCapacity } = await import("./report.ts");
      const capacity = computeCapacity(environment, { users, push });
      if (json) printJson(capacity);
      else console.log(formatCapacity(capacity));
    });
}

/** Seconds of each unit. */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Parses `15%/1m`. */
export function parsePush(text: string): Push {
  const [, percent, count, unit] = /^(\d+(?:\.\d+)?)%\/(\d+)([smh])$/.exec(text) ?? [];
  const [share, seconds] = [Number(percent) / 100, Number(count) * units[unit ?? "s"]!];
  if (share > 0 && share <= 1 && seconds >= 1 && seconds <= 86_400) return { share, seconds };
  throw new InvalidArgumentError(
    "It must be a share of the users and the time in which they open the app, such as 15%/1m: above 0 and up to 100 %, from 1s to 24h.",
  );
}
