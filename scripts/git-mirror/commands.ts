import type { Command } from "commander";
import type { MirrorOptions } from "./mirror.ts";

/** Registers `git`. */
export function registerGit(program: Command): void {
  const git = program.command("git").description("the copies of this repository on other remotes");

  git
    .command("mirror")
    .description("send every branch and tag of one remote to all others, and prove that they are equal")
    .option("--from <remote>", "the remote to copy from", "origin")
    .option("--force", "also replace and delete what only a copy has", false)
    .action(async (options: MirrorOptions) =>
      console.log(await (await import("./mirror.ts")).mirror(options)),
    );

  git
    .command("verify")
    .description("prove that all remotes have the same branches and tags")
    .option("--from <remote>", "the remote that the others must equal", "origin")
    .action(async (options: MirrorOptions) =>
      console.log(await (await import("./mirror.ts")).verify(options)),
    );
}
