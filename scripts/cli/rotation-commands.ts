import type { Command } from "commander";
import { resumable } from "./interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, yesOption } from "./options.ts";
import { createLog, printJson } from "./output.ts";

/** The steps by which something is rotated in stages, in their order, then the emergency one. */
export type RotationStep = "list" | "rotate" | "promote" | "retire" | "revoke";

/** A command with a subcommand for each step. */
export interface RotationCommands<Options> {
  readonly name: string;
  readonly description: string;
  /** What each step does. */
  readonly steps: Readonly<Record<RotationStep, string>>;
  /** Loads what runs a step, and returns what `--json` prints. */
  readonly load: () => Promise<(step: RotationStep, options: Options, log: (line: string) => void) => Promise<object>>;
}

/** Registers a command whose steps are those of a rotation. All but `list` change something, and `revoke` asks first. */
export function registerRotation<Options>(program: Command, rotation: RotationCommands<Options>): void {
  const parent = program.command(rotation.name).description(rotation.description);
  for (const [step, description] of Object.entries(rotation.steps) as [RotationStep, string][]) {
    const command = parent
      .command(step)
      .description(description)
      .addOption(environmentOption().makeOptionMandatory())
      .addOption(jsonOption());
    if (step !== "list") command.addOption(dryRunOption());
    if (step === "revoke") command.addOption(yesOption());
    const run = async ({ json, ...options }: Options & { json?: boolean }) => {
      const runStep = await rotation.load();
      const result = await runStep(step, options as Options, createLog(json));
      if (json) printJson(result);
    };
    command.action(step === "list" ? run : resumable(run));
  }
}
