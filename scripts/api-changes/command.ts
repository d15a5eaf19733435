// `npm run check:api`: finds changes of the API that break apps which are already on phones.
import { join } from "node:path";
import { Command } from "commander";
import { runCommand } from "../cli/run-command.ts";
import { checkApi } from "./check.ts";

const { base } = new Command("npm run check:api --")
  .description(
    "find changes of the API since this checkout left origin/main that break apps which are already on phones",
  )
  .option("--base <commit>", "compare with this commit instead")
  .parse()
  .opts<{ base?: string }>();

await runCommand(() => checkApi({ root: join(import.meta.dirname, "..", ".."), base, print: console.log }));
