import type { Command } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, yesOption } from "../cli/options.ts";
import { createLog, printJson, warn } from "../cli/output.ts";
import type { CommandOutput } from "../release/deploy-context.ts";
import type { TrafficOptions } from "./traffic.ts";

/** Adds `traffic stop` and `traffic resume` to a program. */
export function registerTraffic(program: Command): void {
  const traffic = program.command("traffic").description("stop and resume all requests to an environment");
  traffic
    .command("stop")
    .description("stop all requests: the functions get a reserved concurrency of 0, and no provisioned concurrency")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nThe API returns 500 until `traffic resume`. The functions that back up, restore-test and migrate the database still run. A second " +
        "run changes nothing. See docs/releases.md.",
    )
    .action(
      resumable(async ({ json, ...options }: TrafficOptions & { json?: boolean }) => {
        const result = await (await import("./traffic.ts")).stopTraffic(options, createOutput(json));
        if (json) printJson(result);
      }),
    );
  traffic
    .command("resume")
    .description("resume all requests: the functions get the concurrency of stacks/environments/")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nIt also removes a lower limit that a runbook has set, and waits until provisioned concurrency is READY. A second run changes " +
        "nothing. See docs/releases.md.",
    )
    .action(
      resumable(async ({ json, ...options }: TrafficOptions & { json?: boolean }) => {
        const result = await (await import("./traffic.ts")).resumeTraffic(options, createOutput(json));
        if (json) printJson(result);
      }),
    );
}

const createOutput = (json?: boolean): CommandOutput => ({ log: createLog(json), warn });
