import type { Command } from "commander";
import { registerRotation } from "../cli/rotation-commands.ts";

/** Registers `pepper`. */
export const registerPepper = (program: Command): void =>
  registerRotation(program, {
    name: "pepper",
    description: "rotate the pepper of refresh tokens, without ending sessions",
    steps: {
      list: "show the stages, and which step is due",
      rotate: "create a pepper and distribute it; it is used after `promote`",
      promote: "put new tokens under the distributed pepper, when every process has it",
      retire: "delete the previous pepper, when no session is under it any more",
      revoke: "emergency: replace the pepper immediately, and end all sessions",
    },
    load: async () => (await import("./run-pepper.ts")).runPepper,
  });
