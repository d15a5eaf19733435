import type { Command } from "commander";
import { registerRotation } from "../cli/rotation-commands.ts";

/** Registers `keys`. */
export const registerKeys = (program: Command): void =>
  registerRotation(program, {
    name: "keys",
    description: "rotate the keys that sign access tokens",
    steps: {
      list: "show the stage of each key, and which step is due",
      rotate: "create a key and publish it; it signs after `promote`",
      promote: "let the published key sign, when every verifier has it",
      retire: "withdraw and disable the previous key, when its last token has expired",
      revoke: "emergency: replace all signing keys immediately (use if a key may be compromised)",
    },
    load: async () => (await import("./run-keys.ts")).runKeys,
  });
