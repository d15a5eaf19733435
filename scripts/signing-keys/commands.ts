import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption } from "../cli/options.ts";
import type { KeysCommand } from "./run-keys.ts";

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
    keys
      .command(name)
      .description(description)
      .addOption(environmentOption().makeOptionMandatory())
      .action(async ({ environment }: { environment: DeployedEnvironment }) =>
        (await import("./run-keys.ts")).runKeys(name as KeysCommand, environment, console.log),
      );
  }
}
