import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainUnavailableProvider } from "../terraform/provider.ts";
import type { JsonObject, Stack } from "../terraform/synthesis.ts";
import {
  type CommandResult,
  extractFailure,
  parseResourceCount,
  type Terraform,
} from "../terraform/terraform.ts";
import { type CallCheck, describeDeniedCalls, parseCalls, toLoggingVariables } from "./api-calls.ts";
import { type Exclusion, exclude } from "./exclusions.ts";
import { toStatePath } from "./isolation.ts";
import type { Report } from "./report.ts";
import { stubState } from "./stub-state.ts";

/** What all stacks of one run share. */
export interface RunContext {
  readonly terraform: Terraform;
  /** Arguments of `terraform init` that say where providers are. */
  readonly initArguments: readonly string[];
  /** The environment of `terraform init`. */
  readonly downloadEnvironment: NodeJS.ProcessEnv;
  /** The environment of every other command. */
  readonly sealedEnvironment: NodeJS.ProcessEnv;
  /** Whether stacks are applied and destroyed, or only planned. */
  readonly applied: boolean;
  readonly unsupportedByEmulator: readonly Exclusion[];
  /** Whether deployments may make the calls that are made here. @default nobody asks */
  readonly isAllowed?: CallCheck | undefined;
  readonly report: Report;
  /** Folder of the state files. */
  readonly states: string;
  /** Folder of Terraform's output and of the configurations it speaks of. */
  readonly logs: string;
  /** Ends the run early; it still destroys what it has applied. */
  readonly signal: AbortSignal;
  /** Time after which a command is ended, as an emulator can keep Terraform waiting for half an hour. */
  readonly timeoutMs: number;
}

type Step = "init" | "validate" | "plan" | "apply" | "plan again" | "roles" | "destroy";

/**
 * The steps that each stack goes through.
 *
 * @param checked whether the calls of plans and applies are held against the deploy roles
 */
export const listSteps = (applied: boolean, checked: boolean): Step[] => [
  "init",
  "validate",
  "plan",
  ...(applied ? (["apply", "plan again"] as const) : []),
  ...(applied && checked ? (["roles"] as const) : []),
  ...(applied ? (["destroy"] as const) : []),
];

/** One stack on its way through the steps. The first that fails stops it; the rest then counts as skipped. */
export class StackSteps {
  readonly stack: Stack;
  readonly #stage: RunContext;
  readonly #ahead: Set<Step>;
  #stopped = false;
  #applied = false;

  constructor(stack: Stack, stage: RunContext) {
    this.stack = stack;
    this.#stage = stage;
    this.#ahead = new Set(listSteps(stage.applied, stage.isAllowed !== undefined));
  }

  /** Whether it stopped before its last step, so that nothing can be built on it. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Goes no further; only what was applied is still destroyed. */
  stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const skipped = [...this.#ahead].filter((step) => !(step === "destroy" && this.#applied));
    this.#stage.report.skipped(this.stack.name, skipped, reason);
  }

  async init(): Promise<void> {
    await this.#write(this.stack.configuration);
    const { initArguments } = this.#stage;
    await this.#run("init", ["init", "-input=false", ...initArguments], () => "");
  }

  /** @param feeds whether another stack reads this one's outputs */
  async plan(feeds: boolean): Promise<void> {
    await this.#run("validate", ["validate"], () => "");
    await this.#run(
      "plan",
      ["plan", "-input=false", "-out=plan"],
      ({ output }) => `${parseResourceCount(output)} planned`,
    );
    if (feeds && !this.#stopped && !this.#stage.applied) await this.#stubState();
  }

  /** Where there is an emulator: applies what it can do of the stack, and plans again, which may find no change. */
  async apply(): Promise<void> {
    if (this.#stopped || !this.#stage.applied) return;
    const { configuration, excluded } = exclude(this.stack.configuration, this.#stage.unsupportedByEmulator);
    await this.#write(configuration);
    this.#applied = true;
    await this.#run("apply", ["apply", "-input=false", "-auto-approve"], ({ output }) =>
      [`${parseResourceCount(output)} applied`, ...(excluded > 0 ? [`${excluded} excluded`] : [])].join(", "),
    );
    await this.#run("plan again", ["plan", "-input=false", "-detailed-exitcode"], () => "nothing to change");
    await this.#checkRoles();
  }

  /** Destroys what was applied, even after an interruption. */
  async destroy(): Promise<void> {
    if (!this.#applied) return;
    const { outcome, milliseconds, late } = await this.#terraform("destroy", [
      "destroy",
      "-input=false",
      "-auto-approve",
      // What there is was written to the state a moment ago; reading it again doubles the time.
      "-refresh=false",
    ]);
    const { report } = this.#stage;
    if (outcome.exitCode === 0) {
      report.passed(
        this.stack.name,
        "destroy",
        milliseconds,
        `${parseResourceCount(outcome.output)} destroyed`,
      );
    } else {
      report.failed(this.stack.name, "destroy", milliseconds, `${late}${extractFailure(outcome.output)}`);
    }
  }

  /** Holds what the provider has asked of AWS against what the roles of HCP Terraform's runs may ask. */
  async #checkRoles(): Promise<void> {
    const { isAllowed, report } = this.#stage;
    if (this.#stopped || !isAllowed) return;
    const started = performance.now();
    const problems: string[] = [];
    let count = 0;
    for (const [step, phase] of [
      ["plan", "plan"],
      ["apply", "apply"],
      ["plan again", "plan"],
    ] as const) {
      const calls = parseCalls(await readFile(this.#callLog(step), "utf8"));
      count += calls.length;
      problems.push(
        ...describeDeniedCalls(
          calls.filter((call) => !isAllowed(call, phase)),
          phase,
        ),
      );
    }
    if (count === 0) {
      problems.push(
        "The provider's log names no call to AWS, so that nothing was held against the roles. Another version may write " +
          "its log otherwise. Correct scripts/infra-test/api-calls.ts.",
      );
    }
    this.#ahead.delete("roles");
    const milliseconds = performance.now() - started;
    if (problems.length === 0) {
      report.passed(this.stack.name, "roles", milliseconds, `${count} kinds of calls allowed`);
    } else {
      // What comes after does not depend on it, and may have more to tell.
      report.failed(this.stack.name, "roles", milliseconds, problems.join("\n"));
    }
  }

  #callLog(step: string): string {
    return join(this.#stage.logs, `${this.stack.name}.${step.replace(" ", "-")}.calls.log`);
  }

  async #run(step: Step, args: readonly string[], detail: (outcome: CommandResult) => string): Promise<void> {
    if (this.#stopped) return;
    const { report, signal } = this.#stage;
    if (signal.aborted) return this.stop("interrupted");
    const { outcome, milliseconds, late } = await this.#terraform(step, args, signal);
    const missing = step === "init" ? explainUnavailableProvider(outcome.output) : undefined;
    if (outcome.exitCode === 0) {
      this.#ahead.delete(step);
      report.passed(this.stack.name, step, milliseconds, detail(outcome));
    } else if (signal.aborted) {
      this.stop("interrupted");
    } else if (missing) {
      report.logOnce(missing);
      this.stop("no provider");
    } else {
      this.#ahead.delete(step);
      const text = `${late}${extractFailure(outcome.output)}${getLeftoverAdvice(outcome.output)}`;
      report.failed(this.stack.name, step, milliseconds, text);
      this.stop(`${step} failed`);
    }
  }

  async #terraform(step: string, args: readonly string[], interruption?: AbortSignal) {
    const { terraform, downloadEnvironment, sealedEnvironment, logs, timeoutMs } = this.#stage;
    const environment =
      step === "init"
        ? downloadEnvironment
        : { ...sealedEnvironment, ...toLoggingVariables(this.#callLog(step)) };
    const log = join(logs, `${this.stack.name}.${step.replace(" ", "-")}.log`);
    // A first `init` downloads the provider, which takes as long as it takes.
    const limit = step === "init" ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
    const signal = interruption ? AbortSignal.any([interruption, limit]) : limit;
    const started = performance.now();
    const outcome = await terraform.run(this.stack.folder, args, environment, log, signal);
    const late = limit.aborted
      ? `${step} was still running after ${timeoutMs / 1000} s and was ended. A resource type that the emulator ` +
        "never finishes belongs in scripts/infra-test/unsupported-by-emulator.ts.\n\n"
      : "";
    return { outcome, milliseconds: performance.now() - started, late };
  }

  /** Leaves a state with the planned outputs where the stacks that read this one look for it. */
  async #stubState(): Promise<void> {
    const { outcome } = await this.#terraform("outputs", ["show", "-json", "plan"]);
    const state = stubState(JSON.parse(outcome.output), this.stack.configuration);
    await writeFile(toStatePath(this.#stage.states, this.stack.name), JSON.stringify(state));
  }

  async #write(configuration: JsonObject): Promise<void> {
    const text = JSON.stringify(configuration, undefined, 2);
    await writeFile(join(this.stack.folder, "cdk.tf.json"), text);
    await writeFile(join(this.#stage.logs, `${this.stack.name}.cdk.tf.json`), text);
  }
}

/** What to do when an apply failed because things are there already; empty when it failed otherwise. */
function getLeftoverAdvice(output: string): string {
  return /already (exists|owned|in use)|Already(Exists|OwnedByYou)|EntityAlreadyExists/.test(output)
    ? "\n\nObjects of these names are in the emulator already: an infrastructure test that was killed has left them, or another is " +
        "running now. Wait for it, or restart the emulator, which forgets everything."
    : "";
}
