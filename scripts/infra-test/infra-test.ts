import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { namePrefix } from "../../service/company.ts";
import { findOfflineVersion, findVersionConstraint, isBelowConstraint } from "../terraform/provider.ts";
import { type Stack, synthesize, toDependencyChains } from "../terraform/synthesis.ts";
import { isolateEnvironment, Terraform, toInitEnvironment } from "../terraform/terraform.ts";
import { type Exclusion, excludeProviders, isExcludedFrom } from "./exclusions.ts";
import { checkReachable, moveStates, parseEndpoint, toStatePath } from "./isolation.ts";
import { applyDifferences, type Differences } from "./provider-differences.ts";
import { Report, type Results } from "./report.ts";
import { listSteps, type RunContext, type StackChecks, StackSteps } from "./stack-steps.ts";

export interface InfraTestOptions extends Pick<RunContext, "unsupportedByEmulator" | "isAllowed" | "signal"> {
  /** Entry point of the CDKTF app. */
  readonly app: string;
  /** Changes to the synthesized stacks. */
  readonly differences: Differences;
  /** Source of `PATH`, `AWS_ENDPOINT_URL` and `TF_PLUGIN_DIR`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Further checks of a stack on the emulator. @default none of any stack */
  readonly getChecks?: (stack: Stack, endpoint: string) => StackChecks | undefined;
  /** Receives each line of the report. */
  readonly print: (line: string) => void;
  /** Time limit of one Terraform command, which then counts as failed. @default 300 000 */
  readonly timeoutMs?: number;
}

/**
 * Synthesizes an app and runs init and plan on each stack. On an emulator, also runs apply, a second plan that must
 * be empty, and destroy.
 *
 * @throws {OperatorError} if it cannot start: the app does not synthesize, or the endpoint is not an emulator's
 */
export async function runInfraTest(options: InfraTestOptions): Promise<Results> {
  const { environment } = options;
  const endpoint = parseEndpoint(environment.AWS_ENDPOINT_URL);
  if (endpoint) await checkReachable(endpoint);
  const scratch = await mkdtemp(join(tmpdir(), `${namePrefix}-infra-test-`));
  const logs = await mkdtemp(join(tmpdir(), `${namePrefix}-infra-test-logs-`));
  let results: Results | undefined;
  try {
    results = await runInFolders(scratch, logs, endpoint, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
    if (!results?.failed) await rm(logs, { recursive: true, force: true });
  }
  return results;
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
      "There is no terraform on the PATH, so that no step can run. Install Terraform 1.11 or later and run this again.",
    );
    for (const { name } of synthesized)
      report.skipped(name, listSteps(applied, isAllowed !== undefined), "no terraform");
    report.close();
    return report.results;
  }

  const plugins = environment.TF_PLUGIN_DIR ? resolve(environment.TF_PLUGIN_DIR) : undefined;
  const provider = plugins ? await findOfflineVersion(plugins) : undefined;
  const requested = findVersionConstraint(synthesized);
  const olderProvider = provider !== undefined && requested !== undefined && isBelowConstraint(provider, requested);
  const differences = [
    ...(olderProvider ? options.differences.olderProvider : []),
    ...options.differences[applied ? "applied" : "onlyPlanned"],
  ];
  const accounts = new Map(
    toDependencyChains(synthesized).flatMap((chain) => {
      const account = createAccount();
      return chain.map(({ name }) => [name, account]);
    }),
  );
  const stacks = applyDifferences(
    excludeProviders(synthesized, report),
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
    getChecks: endpoint ? (stack) => options.getChecks?.(stack, endpoint) : undefined,
    report,
    states,
    logs,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? 300_000,
    accounts,
  });
  if (applied) logExclusions(report, stacks, unsupportedByEmulator);
  if (report.results.failed > 0) report.log(`Terraform's output and the tested configurations: ${logs}`);
  report.close();
  return report.results;
}

/** Environments have separate accounts, and no run meets the leftovers of another. */
const createAccount = (): string => `9${randomInt(1e11).toString().padStart(11, "0")}`;

/** The context of a run, with the account of each stack. */
interface AccountsContext extends RunContext {
  readonly accounts: ReadonlyMap<string, string>;
}

/** A chain of stacks with a report of its own. */
interface Attempt {
  readonly chain: readonly Stack[];
  readonly steps: readonly StackSteps[];
  readonly report: Report;
}

async function runStacks(stacks: readonly Stack[], context: AccountsContext): Promise<void> {
  const attempts: Attempt[] = [];
  // Sequentially: Terraform's plugin cache does not support concurrent downloads.
  for (const chain of toDependencyChains(stacks)) attempts.push(await startAttempt(chain, context));
  const workers = Array.from({ length: Math.min(attempts.length, availableParallelism()) }, async () => {
    for (let attempt = attempts.shift(); attempt; attempt = attempts.shift()) await runAttempt(attempt, context);
  });
  await Promise.all(workers);
}

async function startAttempt(chain: readonly Stack[], context: RunContext): Promise<Attempt> {
  const report = context.report.startAttempt();
  const steps = chain.map((stack) => new StackSteps(stack, { ...context, report }));
  for (const each of steps) await each.init();
  return { chain, steps, report };
}

/**
 * Runs a chain, and on an emulator once more in a new account if it failed: an emulator on a busy machine now and then loses an
 * answer, and what it made is then in the way of Terraform's second try. A mistake in the stacks fails twice.
 */
async function runAttempt(first: Attempt, context: AccountsContext): Promise<void> {
  await runChain(first.steps);
  let last = first;
  if (context.applied && first.report.results.failed > 0 && !context.signal.aborted) {
    const names = first.chain.map(({ name }) => name);
    context.report.log(`Once more in a new account, as the emulator may have lost an answer: ${names.join(", ")}`);
    last = await startAttempt(await moveToNewAccount(first.chain, context), context);
    await runChain(last.steps);
  }
  context.report.add(last.report.results);
}

/** @returns the same stacks, without a state */
async function moveToNewAccount(chain: readonly Stack[], { accounts, states }: AccountsContext): Promise<Stack[]> {
  const account = createAccount();
  for (const { name } of chain) await rm(toStatePath(states, name), { force: true });
  return chain.map((stack) => {
    const text = JSON.stringify(stack.configuration).replaceAll(accounts.get(stack.name)!, account);
    return { ...stack, configuration: JSON.parse(text) };
  });
}

async function runChain(chain: readonly StackSteps[]): Promise<void> {
  try {
    for (const each of chain) {
      const failed = chain.find(({ stack, stopped }) => stopped && each.stack.dependencies.includes(stack.name));
      if (failed) each.stop(`it reads ${failed.stack.name}`);
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
