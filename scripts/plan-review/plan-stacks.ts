import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import type { Terraform } from "../terraform/terraform.ts";
import { extractFailure } from "../terraform/terraform.ts";
import { type Plan, readPlan } from "./plan.ts";

/** A stack that could not be planned. */
export class PlanError extends ConfigurationError {
  override readonly name = "PlanError";
  /** Name of the stack. */
  readonly stackName: string;

  /** @param message what happened, why, and what to do */
  constructor(stackName: string, message: string) {
    super(message);
    this.stackName = stackName;
  }
}

/** What Terraform needs to plan stacks. */
export interface PlanOptions {
  readonly terraform: Terraform;
  readonly environment: NodeJS.ProcessEnv;
  /** Further arguments of `terraform init`. */
  readonly initArguments: readonly string[];
  /** Further arguments of `terraform plan`. */
  readonly planArguments: readonly string[];
  /** Folder for what Terraform prints. */
  readonly logs: string;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** A stack in a folder of its own. */
export interface PlannedStack {
  readonly name: string;
  readonly folder: string;
}

/** What came of planning several stacks. */
export interface PlanResults {
  readonly plans: readonly Plan[];
  /** Why stacks could not be planned. */
  readonly failures: readonly PlanError[];
}

/** Stacks that are planned at once: each takes a processor, and a run of HCP Terraform. */
const concurrency = 2;

/**
 * Plans stacks, and changes nothing. A stack that cannot be planned does not keep the others from it.
 *
 * @param say receives a line for each stack, once it is done
 */
export async function planStacks(
  stacks: readonly PlannedStack[],
  planning: PlanOptions,
  say: (line: string) => void,
): Promise<PlanResults> {
  const outcomes = new Map<PlannedStack, Plan | PlanError>();
  const attempt = async <T>(stack: PlannedStack, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      outcomes.set(stack, error);
      say(`${stack.name}: ${error.message}`);
      return undefined;
    }
  };
  // One after another: Terraform's cache of downloaded providers must not be filled by two at once.
  for (const stack of stacks) await attempt(stack, initialize(stack, planning));
  const waiting = stacks.filter((stack) => !outcomes.has(stack));
  const lane = async () => {
    for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
      const plan = await attempt(stack, createPlan(stack, planning));
      if (!plan) continue;
      outcomes.set(stack, plan);
      say(`${stack.name}: planned`);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, lane));
  // Only when both lanes have ended may the folders go.
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  const inOrder = stacks.map((stack) => outcomes.get(stack)!);
  return {
    plans: inOrder.filter((outcome): outcome is Plan => !(outcome instanceof PlanError)),
    failures: inOrder.filter((outcome) => outcome instanceof PlanError),
  };
}

/** Gets a stack ready to be planned. @throws {PlanError} with Terraform's own words, and what to do */
async function initialize(stack: PlannedStack, planning: PlanOptions): Promise<void> {
  await runTerraform(stack, ["init", "-input=false", ...planning.initArguments], planning);
}

/**
 * Plans a stack, and changes nothing.
 *
 * A saved plan of a remote run can be shown as JSON from Terraform 1.6 on:
 * https://developer.hashicorp.com/terraform/cloud-docs/run/cli
 *
 * @throws {PlanError} with Terraform's own words, and what to do
 */
async function createPlan(stack: PlannedStack, planning: PlanOptions): Promise<Plan> {
  const plan = ["plan", ...planning.planArguments, "-input=false", "-lock-timeout=5m", "-out=saved.plan"];
  await runTerraform(stack, plan, planning);
  return readPlan(stack.name, await runTerraform(stack, ["show", "-json", "saved.plan"], planning));
}

async function runTerraform(
  { name, folder }: PlannedStack,
  args: readonly string[],
  { terraform, environment, logs, signal }: PlanOptions,
): Promise<string> {
  signal.throwIfAborted();
  const log = join(logs, `${name}.log`);
  const { exitCode, output } = await terraform.run(folder, args, environment, log, signal);
  signal.throwIfAborted();
  if (exitCode === 0) return output;
  throw new PlanError(
    name,
    `\`terraform ${args[0]}\` of ${name} failed: ${extractFailure(output).trim()}\n${toAdvice(output)}`,
  );
}

function toAdvice(output: string): string {
  if (/Required token could not be found|unauthorized|terraform login/i.test(output)) {
    return "Nobody is logged in. Run `terraform login`, or set TF_TOKEN_app_terraform_io.";
  }
  if (/Error acquiring the state lock|Lock timeout|workspace is (already )?locked/i.test(output)) {
    return "A run holds the workspace. Wait for its end, or unlock the workspace in HCP Terraform, and run this again.";
  }
  if (/Failed to (query available|install) provider|Could not retrieve the list of available/i.test(output)) {
    return (
      "A provider is missing. Run this where the registry can be reached, or set TF_PLUGIN_DIR to a folder that `terraform " +
      "providers mirror` has filled."
    );
  }
  return "Correct what Terraform names, and run this again: nothing was changed.";
}
