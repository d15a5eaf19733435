import type { Command } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, jsonOption, yesOption } from "../cli/options.ts";
import { printJson } from "../cli/output.ts";
import type { MirrorOptions, MirrorResult } from "./mirror.ts";

interface JsonOptions {
  readonly json?: boolean;
}

/** Registers `git`. */
export function registerGit(program: Command): void {
  const git = program.command("git").description("the mirrors of this repository on other remotes");

  git
    .command("mirror")
    .description("push every branch and tag of one remote to all others, and verify that they are equal")
    .option("--from <remote>", "the source remote", "origin")
    .option("--force", "also overwrite and delete what only a mirror has", false)
    .addOption(yesOption("skip the confirmation of --force"))
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .action(
      resumable(async ({ json, ...options }: MirrorOptions & JsonOptions) =>
        print(await (await import("./mirror.ts")).mirror(options), json),
      ),
    );

  git
    .command("verify")
    .description("verify that all remotes have the same branches and tags")
    .option("--from <remote>", "the remote that the others must equal", "origin")
    .addOption(jsonOption())
    .action(async ({ json, ...options }: MirrorOptions & JsonOptions) =>
      print(await (await import("./mirror.ts")).verify(options), json),
    );
}

async function print(result: MirrorResult, json?: boolean): Promise<void> {
  if (json) return printJson(result);
  const { formatResult } = await import("./mirror.ts");
  for (const line of formatResult(result)) console.log(line);
}
