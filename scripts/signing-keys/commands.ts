import type { Command } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, yesOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { KeysCommand, KeysOptions } from "./run-keys.ts";

const descriptions: Readonly<Record<KeysCommand, string>> = {
  list: "show the stage of each key, and which step is due",
  rotate: "create a key and publish it; it signs after `promote`",
  promote: "let the published key sign, when every verifier has it",
  retire: "withdraw and disable the previous key, when its last token has expired",
  revoke: "emergency: replace all signing keys immediately (use if a key may be compromised)",
};

/** Registers `keys`. */
export function registerKeys(program: Command): void {
  const keys = program.command("keys").description("rotate the keys that sign access tokens");
  for (const [name, description] of Object.entries(descriptions)) {
    const command = keys
      .command(name)
      .description(description)
      .addOption(environmentOption().makeOptionMandatory())
      .addOption(jsonOption());
    if (name !== "list") command.addOption(dryRunOption());
    if (name === "revoke") command.addOption(yesOption());
    const run = async ({ json, ...options }: KeysOptions & { json?: boolean }) => {
      const { runKeys } = await import("./run-keys.ts");
      const result = await runKeys(name as KeysCommand, options, createLog(json));
      if (json) printJson(result);
    };
    command.action(name === "list" ? run : resumable(run));
  }
}
