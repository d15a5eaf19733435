import type { Command } from "commander";
import { jsonOption, userIdParser } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import { withProgress } from "../cli/progress.ts";
import type { VerifyErasureOptions } from "./verify-erasure.ts";

/** Registers `privacy`. */
export function registerPrivacy(program: Command): void {
  const privacy = program.command("privacy").description("verify what is stored about users");
  privacy
    .command("verify-erasure")
    .description("search for what is left of a deleted user; exit with 2 if something is left that should not be")
    .requiredOption("--user <id>", "the id of the user", userIdParser("in the field user_id of the log"))
    .option("--location <location>", "also search a backup: a folder, or s3://bucket/prefix")
    .option("--id <id>", "the backup (default: the newest)")
    .option("--archive <uri>", "also search the online archive, by its connection string")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nIt searches every collection of the database that MONGODB_URI names, and all keys of the Redis that REDIS_URL names. It " +
        "prints names of collections and fields, and no values. See docs/privacy.md.",
    )
    .action(async ({ json, ...options }: VerifyErasureOptions & { json?: boolean }) => {
      const { formatVerification, verifyErasure } = await import("./verify-erasure.ts");
      const redisUrl = process.env.REDIS_URL;
      const result = await withProgress((progress) => verifyErasure({ ...options, redisUrl }, progress));
      if (json) printJson(result);
      else for (const line of formatVerification(result)) createLog()(line);
      if (result.outcome !== "erased") process.exitCode = 2;
    });
}
