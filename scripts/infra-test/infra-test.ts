import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findOfflineVersion, findVersionConstraint, isBelowConstraint } from "../terraform/provider.ts";
import { type Stack, synthesize, toDependencyChains } from "../terraform/synthesis.ts";
import { isolateEnvironment, Terraform, toInitEnvironment } from "../terraform/terraform.ts";
import type { CallCheck } from "./api-calls.ts";
import { type ExcludedProvider, type Exclusion, excludeProviders, isExcludedFrom } from "./exclusions.ts";
import { checkReachable, moveStates, parseEndpoint } from "./isolation.ts";
import { applyDifferences, type Difference, selectDifferences } from "./provider-differences.ts";
import { Report, type Results } from "./report.ts";
import { listSteps, type RunContext, StackSteps } from "./stack-steps.ts";

export interface InfraTestOptions {
  /** Entry point of the CDKTF app. */
  readonly app: string;
  /** What is changed in the synthesized stacks. */
  readonly differences: readonly Difference[];
  /** Planned, but excluded from the apply. */
  readonly unsupportedByEmulator: readonly Exclusion[];
  /** Whether deployments may make the calls that are made on the emulator. @default nobody asks */
  readonly isAllowed?: CallCheck;
  /** Providers whose resources are excluded from all steps. @default none */
  readonly excludedProviders?: readonly ExcludedProvider[];
  /** Where `PATH`, `AWS_ENDPOINT_URL` and `TF_PLUGIN_DIR` are read from. */
  readonly environment: NodeJS.ProcessEnv;
  /** Receives each line of the report. */
  readonly print: (line: string) => void;
  /** Ends the test early; it still destroys what it has applied. */
  readonly signal: AbortSignal;
  /** Time after which one Terraform command is ended and counts as failed. @default 300 000 */
  readonly timeoutMs?: number;
}

/**
 * Synthesizes an app and has Terraform accept it: init, validate and plan of each stack and, on an emulator, apply, a second
 * plan that must be empty, and destroy.
 *
 * @throws {ConfigurationError} when it cannot begin: the app does not synthesize, the endpoint is not an emulator's
 */
export async function runInfraTest(options: InfraTestOptions): Promise<Results> {
  const { environment } = options;
  const endpoint = parseEndpoint(environment.AWS_ENDPOINT_URL);
  if (endpoint) await checkReachable(endpoint);
  const scratch = await mkdtemp(join(tmpdir(), "ecobeat-infra-test-"));
  const logs = await mkdtemp(join(tmpdir(), "ecobeat-infra-test-logs-"));
  let tally: Results | undefined;
  try {
    tally = await runInFolders(scratch, logs, endpoint, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    if (!tally?.failed) await rm(logs, { recursive: true, force: true });
  }
  return tally;
}

async function runInFolders(
  scratch: string,
  logs: string,
  endpoint: string | undefined,
  options: InfraTestOptions,
): Promise<Results> {
  const { environment, unsupportedByEmulator, isAllowed } = options;
  const applied = endpoint !== undefined;
  const states = join(scratch, "states");
  const downloads = join(scratch, "providers");
  for (const folder of [states, downloads]) await mkdir(folder);

  const synthesized = moveStates(states, await synthesize(options.app, join(scratch, "app"), environment));
  const report = new Report(
    options.print,
    synthesized.map(({ name }) => name),
  );
  const terraform = await Terraform.find(environment);
  if (!terraform) {
    report.log(
      "There is no terraform on the PATH, so nothing can be tested. Install Terraform 1.11 or later and run this again.",
    );
    for (const { name } of synthesized)
      report.skipped(name, listSteps(applied, isAllowed !== undefined), "no terraform");
    report.close();
    return report.results;
  }

  const plugins = environment.TF_PLUGIN_DIR ? resolve(environment.TF_PLUGIN_DIR) : undefined;
  const provider = plugins ? await findOfflineVersion(plugins) : undefined;
  const requested = findVersionConstraint(synthesized);
  const olderProvider =
    provider !== undefined && requested !== undefined && isBelowConstraint(provider, requested);
  const differences = selectDifferences(options.differences, {
    olderProvider,
    applied,
    onlyPlanned: !applied,
  });
  const accounts = new Map(toDependencyChains(synthesized).flatMap((chain) => assignAccount(chain)));
  const stacks = applyDifferences(
    excludeProviders(synthesized, options.excludedProviders ?? [], report),
    differences,
    ({ name }) => accounts.get(name)!,
  );

  report.log(
    `Terraform ${terraform.version}, hashicorp/aws ${provider ?? requested ?? "from the registry"}` +
      `${olderProvider ? ` in place of ${requested}` : ""}; ` +
      `${endpoint ? `applied on ${endpoint}` : "planned only, as AWS_ENDPOINT_URL is not set"}; ` +
      `${differences.length} kinds of attributes rewritten`,
  );
  await runStacks(stacks, {
    terraform,
    initArguments: plugins ? [`-plugin-dir=${plugins}`] : [],
    downloadEnvironment: toInitEnvironment(environment, downloads),
    sealedEnvironment: isolateEnvironment(environment, endpoint),
    applied,
    unsupportedByEmulator,
    isAllowed,
    report,
    states,
    logs,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? 300_000,
  });
  if (applied) logExclusions(report, stacks, unsupportedByEmulator);
  if (report.results.failed > 0) report.log(`Terraform's output and what it was given: ${logs}`);
  report.close();
  return report.results;
}

/** A new account for each chain: environments are different accounts, and no run meets the leftovers of another. */
function assignAccount(chain: readonly Stack[]): [string, string][] {
  const account = `9${randomInt(1e11).toString().padStart(11, "0")}`;
  return chain.map(({ name }) => [name, account]);
}

async function runStacks(stacks: readonly Stack[], stage: RunContext): Promise<void> {
  const steps = stacks.map((stack) => new StackSteps(stack, stage));
  // One after another: Terraform's cache of downloaded providers must not be filled by two at once.
  for (const each of steps) await each.init();
  const chains = toDependencyChains(stacks).map((chain) =>
    steps.filter(({ stack }) => chain.includes(stack)),
  );
  const lanes = Array.from({ length: Math.min(chains.length, availableParallelism()) }, async () => {
    for (let chain = chains.shift(); chain; chain = chains.shift()) await runChain(chain);
  });
  await Promise.all(lanes);
}

async function runChain(chain: readonly StackSteps[]): Promise<void> {
  try {
    for (const each of chain) {
      const lost = chain.find(
        ({ stack, stopped }) => stopped && each.stack.dependencies.includes(stack.name),
      );
      if (lost) each.stop(`it reads ${lost.stack.name}`);
      await each.plan(chain.some(({ stack }) => stack.dependencies.includes(each.stack.name)));
      await each.apply();
    }
  } finally {
    for (const each of chain.toReversed()) await each.destroy();
  }
}

function logExclusions(report: Report, stacks: readonly Stack[], exclusions: readonly Exclusion[]): void {
  const present = exclusions.filter((exclusion) =>
    stacks.some(({ configuration }) => isExcludedFrom(exclusion, configuration)),
  );
  if (present.length === 0) return;
  report.log("Planned, but excluded from the apply, as the emulator does not support it:");
  for (const { type, attribute, why } of present) {
    report.log(`  ${attribute ? `${type}.${attribute}` : type}: ${why}`);
  }
}
