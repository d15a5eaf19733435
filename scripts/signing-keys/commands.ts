import type { Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption } from "../cli/options.ts";
import type { KeysCommand } from "./run-keys.ts";

const descriptions: Readonly<Record<KeysCommand, string>> = {
  list: "show the keys by stage, and what is due",
  rotate: "make a new key and publish it, to sign later",
  promote: "let the published key sign, once every verifier knows it",
  retire: "withdraw the key that signed before, once its last token has expired",
  revoke: "withdraw all keys at once, and let a new one sign: somebody else could sign with them",
};

/** Registers `keys`. */
export function registerKeys(program: Command): void {
  const keys = program.command("keys").description("the keys that sign access tokens, stage by stage");
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
