import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readPlan } from "../plan-review/plan.ts";
import { explainUnavailableProvider } from "../terraform/provider.ts";
import type { JsonObject, Stack } from "../terraform/synthesis.ts";
import { type CommandResult, extractFailure, parseResourceCount, type Terraform } from "../terraform/terraform.ts";
import { describeDeniedCalls, type isAllowedByDeployRoles, parseCalls } from "./api-calls.ts";
import { type Exclusion, exclude } from "./exclusions.ts";
import { toStatePath } from "./isolation.ts";
import type { Report } from "./report.ts";
import { stubState } from "./stub-state.ts";

/** What a run checks of one stack on the emulator, besides what Terraform says. */
export interface StackChecks {
  /** @returns what is wrong after the apply */
  applied(): Promise<string[]>;
  /** @returns what is wrong after the destruction */
  destroyed(): Promise<string[]>;
}

/** The shared context of all stacks in one run. */
export interface RunContext {
  readonly terraform: Terraform;
  /** Arguments of `terraform init` for the location of providers. */
  readonly initArguments: readonly string[];
  /** The environment of `terraform init`. */
  readonly downloadEnvironment: NodeJS.ProcessEnv;
  /** The environment of every other command. */
  readonly sealedEnvironment: NodeJS.ProcessEnv;
  /** Whether the run applies and destroys the stacks, or only plans them. */
  readonly applied: boolean;
  /** Planned, but excluded from the apply. */
  readonly unsupportedByEmulator: readonly Exclusion[];
  /** Whether the deploy roles allow a call. @default the run does not check calls */
  readonly isAllowed?: typeof isAllowedByDeployRoles | undefined;
  /** Further checks of a stack. @default none of any stack */
  readonly getChecks?: ((stack: Stack) => StackChecks | undefined) | undefined;
  readonly report: Report;
  /** Folder of the state files. */
  readonly states: string;
  /** Folder of Terraform's output and of the tested configurations. */
  readonly logs: string;
  /** Ends the run early; it still destroys what it applied. */
  readonly signal: AbortSignal;
  /** Time limit of a command, as Terraform can wait for the emulator for half an hour. */
  readonly timeoutMs: number;
}

/** A command of Terraform that has ended. */
interface Run {
  readonly result: CommandResult;
  readonly milliseconds: number;
  /** Explains a timeout; empty without one. */
  readonly timeout: string;
}

type Step = "init" | "plan" | "apply" | "plan again" | "drift" | "roles" | "resources" | "destroy" | "leftovers";

/**
 * The steps that each stack goes through.
 *
 * @param checked whether calls are compared with the deploy roles
 */
export const listSteps = (applied: boolean, checked: boolean): Step[] => [
  "init",
  "plan",
  ...(applied ? (["apply", "plan again", "drift"] as const) : []),
  ...(applied && checked ? (["roles"] as const) : []),
  ...(applied ? (["destroy"] as const) : []),
];

/** The steps whose calls are compared with the deploy roles. The log costs CPU time, so that other steps have none. */
const comparedSteps: readonly string[] = ["plan", "apply", "plan again"];

/** The steps of one stack. A failed step stops it, and the remaining steps count as skipped. */
export class StackSteps {
  readonly stack: Stack;
  readonly #context: RunContext;
  readonly #remaining: Set<Step>;
  readonly #checks: StackChecks | undefined;
  #stopped = false;
  #applied = false;

  constructor(stack: Stack, context: RunContext) {
    this.stack = stack;
    this.#context = context;
    this.#remaining = new Set(listSteps(context.applied, context.isAllowed !== undefined));
    this.#checks = context.applied ? context.getChecks?.(stack) : undefined;
    if (this.#checks) for (const step of ["resources", "leftovers"] as const) this.#remaining.add(step);
  }

  /** Whether it stopped before its last step, so that dependent stacks cannot continue. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Skips the remaining steps, except for the destruction of what was applied. */
  stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const skipped = [...this.#remaining].filter((step) => !(step === "destroy" && this.#applied));
    this.#context.report.skipped(this.stack.name, skipped, reason);
  }

  async init(): Promise<void> {
    await this.#write(this.stack.configuration);
    const { initArguments } = this.#context;
    await this.#run("init", ["init", "-input=false", ...initArguments], () => "");
    // With their hashes, Terraform reads the 700 MB of the provider before each command to compare them.
    const lock = join(this.stack.folder, ".terraform.lock.hcl");
    if (existsSync(lock))
      await writeFile(lock, (await readFile(lock, "utf8")).replaceAll(/^ *hashes = \[[^\]]*\]\n/gm, ""));
  }

  /** @param isRead whether another stack reads this one's outputs */
  async plan(isRead: boolean): Promise<void> {
    await this.#run(
      "plan",
      ["plan", "-input=false", "-out=plan"],
      ({ output }) => `${parseResourceCount(output)} planned`,
    );
    if (isRead && !this.#stopped && !this.#context.applied) await this.#stubState();
  }

  /** On an emulator: applies what it supports of the stack, and plans again, which must find no change. */
  async apply(): Promise<void> {
    if (this.#stopped || !this.#context.applied) return;
    const { configuration, excluded } = exclude(this.stack.configuration, this.#context.unsupportedByEmulator);
    await this.#write(configuration);
    this.#applied = true;
    await this.#run(
      "apply",
      ["apply", "-input=false", "-auto-approve"],
      ({ output }) => `${parseResourceCount(output)} applied${excluded > 0 ? `, ${excluded} excluded` : ""}`,
    );
    const again = ["plan", "-input=false", "-detailed-exitcode", "-out=again"];
    await this.#run("plan again", again, () => "nothing to change");
    await this.#checkDrift();
    await this.#checkRoles();
    if (!this.#stopped && this.#checks) await this.#check("resources", () => this.#checks!.applied());
  }

  /** Destroys what was applied, even after an interruption. */
  async destroy(): Promise<void> {
    if (!this.#applied) return;
    const destruction = await this.#terraform("destroy", [
      "destroy",
      "-input=false",
      "-auto-approve",
      // The state is current; a refresh doubles the duration.
      "-refresh=false",
    ]);
    this.#report("destroy", destruction, ({ output }) => `${parseResourceCount(output)} destroyed`);
    if (this.#checks && !this.#stopped) await this.#check("leftovers", () => this.#checks!.destroyed());
  }

  async #check(step: "resources" | "leftovers", check: () => Promise<string[]>): Promise<void> {
    const { report } = this.#context;
    const startedAt = performance.now();
    const problems = await check().catch((error: Error) => [`The emulator could not be asked: ${error.message}`]);
    const milliseconds = performance.now() - startedAt;
    this.#remaining.delete(step);
    // Later steps do not depend on it.
    if (problems.length > 0) report.failed(this.stack.name, step, milliseconds, problems.join("\n"));
    else report.passed(this.stack.name, step, milliseconds, step === "leftovers" ? "none" : "as they should be");
  }

  /** Checks that `npm run ops -- drift` takes nothing that the apply itself did for a change outside of Terraform. */
  async #checkDrift(): Promise<void> {
    if (this.#stopped) return;
    const { report } = this.#context;
    const run = await this.#terraform("drift", ["show", "-json", "again"]);
    const { result, milliseconds } = run;
    if (result.exitCode !== 0) return this.#report("drift", run, () => "");
    const { drift } = readPlan(this.stack.name, result.output);
    this.#remaining.delete("drift");
    if (drift.length === 0) return report.passed(this.stack.name, "drift", milliseconds, "none");
    const lines = drift.map(
      ({ address, differences }) => `${address}: ${differences.map(({ path }) => path).join(", ")}`,
    );
    // Later steps do not depend on it.
    report.failed(
      this.stack.name,
      "drift",
      milliseconds,
      `After the apply, a refresh finds changes:\n${lines.join("\n")}`,
    );
  }

  /** Compares the provider's calls to AWS with what the deploy roles allow. */
  async #checkRoles(): Promise<void> {
    const { isAllowed, report } = this.#context;
    if (this.#stopped || !isAllowed) return;
    const startedAt = performance.now();
    const problems: string[] = [];
    let count = 0;
    for (const step of comparedSteps) {
      const phase = step === "apply" ? "apply" : "plan";
      const calls = parseCalls(await readFile(this.#callLog(step), "utf8"));
      const denied = calls.filter((call) => !isAllowed(call, phase, this.stack));
      count += calls.length;
      problems.push(...describeDeniedCalls(denied, phase, this.stack));
    }
    if (count === 0) {
      problems.push(
        "The provider's log contains no call to AWS, so that no call was compared with the roles. The log format may have " +
          "changed. Correct scripts/infra-test/api-calls.ts.",
      );
    }
    this.#remaining.delete("roles");
    const milliseconds = performance.now() - startedAt;
    if (problems.length === 0) {
      report.passed(this.stack.name, "roles", milliseconds, `${count} kinds of calls allowed`);
    } else {
      // Later steps do not depend on it.
      report.failed(this.stack.name, "roles", milliseconds, problems.join("\n"));
    }
  }

  /** The variables with which the provider logs its calls. */
  #toCallLog(step: string): NodeJS.ProcessEnv {
    return { TF_LOG_PROVIDER: "DEBUG", TF_LOG_PATH: this.#callLog(step) };
  }

  #callLog(step: string): string {
    return join(this.#context.logs, `${this.stack.name}.${step.replace(" ", "-")}.calls.log`);
  }

  async #run(step: Step, args: readonly string[], toDetail: (result: CommandResult) => string): Promise<void> {
    if (this.#stopped) return;
    const { report, signal } = this.#context;
    if (signal.aborted) return this.stop("interrupted");
    const run = await this.#terraform(step, args, signal);
    const { exitCode, output } = run.result;
    if (exitCode !== 0 && signal.aborted) return this.stop("interrupted");
    const missing = exitCode !== 0 && step === "init" && explainUnavailableProvider(output);
    if (missing) {
      report.logOnce(missing);
      return this.stop("no provider");
    }
    this.#report(step, run, toDetail);
    if (exitCode !== 0) this.stop(`${step} failed`);
  }

  #report(step: Step, { result, milliseconds, timeout }: Run, toDetail: (result: CommandResult) => string) {
    const { report } = this.#context;
    const { exitCode, output } = result;
    this.#remaining.delete(step);
    if (exitCode === 0) return report.passed(this.stack.name, step, milliseconds, toDetail(result));
    const text = `${timeout}${extractFailure(output)}${getLeftoverAdvice(output)}`;
    report.failed(this.stack.name, step, milliseconds, text);
  }

  async #terraform(step: string, args: readonly string[], interruption?: AbortSignal): Promise<Run> {
    const { terraform, downloadEnvironment, sealedEnvironment, logs, timeoutMs } = this.#context;
    const environment =
      step === "init"
        ? downloadEnvironment
        : { ...sealedEnvironment, ...(comparedSteps.includes(step) ? this.#toCallLog(step) : {}) };
    const log = join(logs, `${this.stack.name}.${step.replace(" ", "-")}.log`);
    // A first `init` downloads the provider, without a time limit.
    const timeLimit = step === "init" ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
    const signal = interruption ? AbortSignal.any([interruption, timeLimit]) : timeLimit;
    const startedAt = performance.now();
    const result = await terraform.run(this.stack.folder, args, environment, log, signal);
    const timeout = timeLimit.aborted
      ? `${step} timed out after ${timeoutMs / 1000} s. If the emulator never completes a resource type, add it to ` +
        "scripts/infra-test/unsupported-by-emulator.ts.\n\n"
      : "";
    return { result, milliseconds: performance.now() - startedAt, timeout };
  }

  /** Writes a stub state with the planned outputs, for the stacks that read this one. */
  async #stubState(): Promise<void> {
    const { result } = await this.#terraform("outputs", ["show", "-json", "plan"]);
    const state = stubState(JSON.parse(result.output), this.stack.configuration);
    await writeFile(toStatePath(this.#context.states, this.stack.name), JSON.stringify(state));
  }

  async #write(configuration: JsonObject): Promise<void> {
    const text = JSON.stringify(configuration, undefined, 2);
    await writeFile(join(this.stack.folder, "cdk.tf.json"), text);
    await writeFile(join(this.#context.logs, `${this.stack.name}.cdk.tf.json`), text);
  }
}

/** Advice if an apply failed because objects exist; empty otherwise. */
function getLeftoverAdvice(output: string): string {
  return /already (exists|owned|in use)|Already(Exists|OwnedByYou)|EntityAlreadyExists/.test(output)
    ? "\n\nThe emulator already has objects of these names: from a killed infrastructure test, or from one that is still " +
        "running. Wait for it, or restart the emulator, which deletes everything."
    : "";
}
