import type { Command } from "commander";
import type { MirrorOptions } from "./mirror.ts";

/** Registers `git`. */
export function registerGit(program: Command): void {
  const git = program.command("git").description("the mirrors of this repository on other remotes");

  git
    .command("mirror")
    .description("push every branch and tag of one remote to all others, and verify that they are equal")
    .option("--from <remote>", "the source remote", "origin")
    .option("--force", "also overwrite and delete what only a mirror has", false)
    .action(async (options: MirrorOptions) => console.log(await (await import("./mirror.ts")).mirror(options)));

  git
    .command("verify")
    .description("verify that all remotes have the same branches and tags")
    .option("--from <remote>", "the remote that the others must equal", "origin")
    .action(async (options: MirrorOptions) => console.log(await (await import("./mirror.ts")).verify(options)));
}
