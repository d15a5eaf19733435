// `node --import tsx scripts/ci/plan-review.ts FILE [COMMIT]`: plans all stacks as they are in this folder, writes what
// that means into the file, as the body of a comment on a pull request, and ends with 1 if the check is to fail.
import { appendFile, writeFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import { runCommand } from "../cli/run-command.ts";
import { planDeployed } from "../plan-review/plan-deployed.ts";
import { reviewPlans, toCommentBody } from "./review-plans.ts";

await runCommand(async () => {
  const [file, commit] = process.argv.slice(2);
  if (!file) throw new ConfigurationError("The review has no place to go to. Name a file to write it to.");
  const { text, failed } = reviewPlans(await planDeployed(undefined, [], console.error));
  await writeFile(file, toCommentBody(text, commit));
  if (process.env.GITHUB_STEP_SUMMARY) await appendFile(process.env.GITHUB_STEP_SUMMARY, text);
  if (failed) process.exitCode = 1;
});
