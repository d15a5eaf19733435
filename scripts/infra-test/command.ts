import { Command } from "commander";
import { type PreviewRequest, toPreviewVariables } from "../../stacks/preview-request.ts";
import { OperatorError } from "../cli/errors.ts";
import { runCommand } from "../cli/run-command.ts";
import { isAllowedByDeployRoles } from "./api-calls.ts";
import { runInfraTest } from "./infra-test.ts";
import { checkPreview } from "./preview-checks.ts";
import { providerDifferences } from "./provider-differences.ts";
import { unsupportedByEmulator } from "./unsupported-by-emulator.ts";

const { require: isRequired } = new Command("npm run test:infra --")
  .description(
    "Runs init and plan on each stack. If AWS_ENDPOINT_URL names an emulator on this machine, also applies the " +
      "stacks, checks that a second plan is empty and that the deploy roles allow every call, and destroys the stacks. " +
      "See docs/infra-test.md.",
  )
  .option("--require", "fail if every step was skipped")
  .parse()
  .opts<{ require?: true }>();

const interrupted = new AbortController();

let interruptedAt = 0;

function interrupt(): void {
  if (!interrupted.signal.aborted) {
    interruptedAt = performance.now();
    console.error("\nInterrupted: destroying what was applied. Interrupt again to exit without destroying.");
    interrupted.abort();
    // One Ctrl-C arrives twice: from the terminal, and from npm, which forwards it.
  } else if (performance.now() - interruptedAt > 1000) {
    process.exit(130);
  }
}

/** A preview after its environment, as the first pull request would have it. */
const preview: PreviewRequest = { pullRequest: 1, expiresAt: "2100-01-01T00:00:00Z" };

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
await runCommand(async () => {
  try {
    const results = await runInfraTest({
      app: "main.ts",
      differences: providerDifferences,
      unsupportedByEmulator,
      isAllowed: isAllowedByDeployRoles,
      getChecks: (stack, endpoint) => checkPreview(preview, stack, endpoint),
      environment: { ...process.env, ...toPreviewVariables(preview) },
      print: console.log,
      signal: interrupted.signal,
    });
    if (results.failed > 0 || (isRequired && results.passed === 0)) process.exitCode = 1;
  } catch (error) {
    if (!interrupted.signal.aborted) {
      console.error(error instanceof OperatorError ? error.message : error);
      console.log("0 passed, 1 failed, 0 skipped");
    }
    process.exitCode = 1;
  }
});
if (interrupted.signal.aborted) process.exitCode = 130;
