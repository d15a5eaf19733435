import { parseArgs } from "node:util";
import { absentProviders } from "./absent-providers.ts";
import { deployRolesAllow } from "./deploy-permissions.ts";
import { emulatorGaps } from "./emulator-gaps.ts";
import { RehearsalError } from "./errors.ts";
import { rehearse } from "./infra-test.ts";
import { providerDifferences } from "./provider-differences.ts";

const usage = `npm run rehearse [-- --require]

Has Terraform accept the stacks: init, validate and plan of each and, with AWS_ENDPOINT_URL set to an emulator on
this machine, apply, a second plan that must be empty, a check that the deploy roles allow every call that was made,
and destroy. See docs/rehearsal.md.

  --require   fail when everything had to be skipped`;

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

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { require: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const tally = await rehearse({
    app: "main.ts",
    differences: providerDifferences,
    gaps: emulatorGaps,
    allowed: deployRolesAllow,
    absentProviders,
    environment: process.env,
    print: console.log,
    signal: interrupted.signal,
  });
  return tally.failed > 0 || (values.require && tally.passed === 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsers = error instanceof RehearsalError || (error instanceof TypeError && "code" in error);
  if (!interrupted.signal.aborted) {
    console.error(isUsers ? error.message : error);
    console.log("0 passed, 1 failed, 0 skipped");
  }
  process.exitCode = 1;
}
if (interrupted.signal.aborted) process.exitCode = 130;
