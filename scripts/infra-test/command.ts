import { Command } from "commander";
import { ConfigurationError } from "../../service/config.ts";
import { isAllowedByDeployRoles } from "./api-calls.ts";
import { runInfraTest } from "./infra-test.ts";
import { providerDifferences } from "./provider-differences.ts";
import { excludedProviders, unsupportedByEmulator } from "./unsupported-by-emulator.ts";

const { require: isRequired } = new Command("npm run test:infra --")
  .description(
    "Has Terraform accept the stacks: init, validate and plan of each and, with AWS_ENDPOINT_URL set to an emulator on " +
      "this machine, apply, a second plan that must be empty, a check that the deploy roles allow every call that was " +
      "made, and destroy. See docs/infra-test.md.",
  )
  .option("--require", "fail when every step had to be skipped")
  .parse()
  .opts<{ require?: true }>();

const interrupted = new AbortController();

let interruptedAt = 0;

function interrupt(): void {
  if (!interrupted.signal.aborted) {
    interruptedAt = performance.now();
    console.error(
      "\nInterrupted: what was applied is destroyed first. Once more ends at once and leaves it there.",
    );
    interrupted.abort();
    // One Ctrl-C comes twice, as npm passes on what the terminal has sent to all already.
  } else if (performance.now() - interruptedAt > 1000) {
    process.exit(130);
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
try {
  const tally = await runInfraTest({
    app: "main.ts",
    differences: providerDifferences,
    unsupportedByEmulator,
    isAllowed: isAllowedByDeployRoles,
    excludedProviders,
    environment: process.env,
    print: console.log,
    signal: interrupted.signal,
  });
  if (tally.failed > 0 || (isRequired && tally.passed === 0)) process.exitCode = 1;
} catch (error) {
  if (!interrupted.signal.aborted) {
    console.error(error instanceof ConfigurationError ? error.message : error);
    console.log("0 passed, 1 failed, 0 skipped");
  }
  process.exitCode = 1;
}
if (interrupted.signal.aborted) process.exitCode = 130;
