import type { Command } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, yesOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { PepperCommand, PepperOptions } from "./run-pepper.ts";

const descriptions: Readonly<Record<PepperCommand, string>> = {
  list: "show the stages, and which step is due",
  rotate: "create a pepper and distribute it; it is used after `promote`",
  promote: "put new tokens under the distributed pepper, when every process has it",
  retire: "delete the previous pepper, when no session is under it any more",
  revoke: "emergency: replace the pepper immediately, and end all sessions",
};

/** Registers `pepper`. */
export function registerPepper(program: Command): void {
  const pepper = program.command("pepper").description("rotate the pepper of refresh tokens, without ending sessions");
  for (const [name, description] of Object.entries(descriptions)) {
    const command = pepper
      .command(name)
      .description(description)
      .addOption(environmentOption().makeOptionMandatory())
      .addOption(jsonOption());
    if (name !== "list") command.addOption(dryRunOption());
    if (name === "revoke") command.addOption(yesOption());
    const run = async ({ json, ...options }: PepperOptions & { json?: boolean }) => {
      const { runPepper } = await import("./run-pepper.ts");
      const result = await runPepper(name as PepperCommand, options, createLog(json));
      if (json) printJson(result);
    };
    command.action(name === "list" ? run : resumable(run));
  }
}
