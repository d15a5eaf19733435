import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { extractFailure, type Terraform } from "../terraform/terraform.ts";
import { type Plan, readPlan } from "./plan.ts";

/** A stack that could not be planned. */
export interface PlanFailure {
  readonly stackName: string;
  readonly error: OperatorError;
}

/** What Terraform needs to plan stacks. */
export interface PlanOptions {
  readonly terraform: Terraform;
  readonly environment: NodeJS.ProcessEnv;
  /** Further arguments of `terraform init`. */
  readonly initArguments: readonly string[];
  /** Further arguments of `terraform plan`. */
  readonly planArguments: readonly string[];
  /** Folder for the output of Terraform. */
  readonly logs: string;
  /** Ends running commands. */
  readonly signal: AbortSignal;
}

/** A stack in a folder of its own. */
export interface PlannedStack {
  readonly name: string;
  readonly folder: string;
}

/** The plans of several stacks. */
export interface PlanResults {
  readonly plans: readonly Plan[];
  readonly failures: readonly PlanFailure[];
}

/** Stacks that are planned at the same time: each takes a processor, and a run of HCP Terraform. */
const concurrency = 2;

/**
 * Plans stacks, and changes nothing. If one stack cannot be planned, the others still are.
 *
 * @param log receives a line for each stack when it is done
 */
export async function planStacks(
  stacks: readonly PlannedStack[],
  options: PlanOptions,
  log: (line: string) => void,
): Promise<PlanResults> {
  const results = new Map<PlannedStack, Plan | OperatorError>();
  const attempt = async <T>(stack: PlannedStack, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal.aborted) throw error;
      results.set(stack, error);
      log(`${stack.name}: ${error.message}`);
      return undefined;
    }
  };
  // One after another: two must not fill Terraform's cache of providers at the same time.
  for (const stack of stacks) {
    await attempt(stack, runTerraform(stack, ["init", "-input=false", ...options.initArguments], options));
  }
  const waiting = stacks.filter((stack) => !results.has(stack));
  const lane = async () => {
    for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
      const plan = await attempt(stack, createPlan(stack, options));
      if (!plan) continue;
      results.set(stack, plan);
      log(`${stack.name}: planned`);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, lane));
  // The folders must not be removed before both lanes have ended.
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  const plans: Plan[] = [];
  const failures: PlanFailure[] = [];
  for (const stack of stacks) {
    const result = results.get(stack)!;
    if (result instanceof OperatorError) failures.push({ stackName: stack.name, error: result });
    else plans.push(result);
  }
  return { plans, failures };
}

/**
 * A saved plan of a remote run can be shown as JSON since Terraform 1.6:
 * https://developer.hashicorp.com/terraform/cloud-docs/run/cli
 */
async function createPlan(stack: PlannedStack, options: PlanOptions): Promise<Plan> {
  const plan = ["plan", ...options.planArguments, "-input=false", "-lock-timeout=5m", "-out=saved.plan"];
  await runTerraform(stack, plan, options);
  return readPlan(stack.name, await runTerraform(stack, ["show", "-json", "saved.plan"], options));
}

/** @throws {OperatorError} with Terraform's own message, and what to do */
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
  throw toError(`\`terraform ${args[0]}\` of ${name} failed: ${extractFailure(output).trim()}\n`, output);
}

function toError(what: string, output: string): OperatorError {
  if (/Required token could not be found|unauthorized|terraform login/i.test(output)) {
    return new OperatorError("terraform-not-logged-in", {
      what,
      why: "Terraform has no valid token for HCP Terraform.",
      action: "Run `terraform login`, or set TF_TOKEN_app_terraform_io.",
    });
  }
  if (/Error acquiring the state lock|Lock timeout|workspace is (already )?locked/i.test(output)) {
    return new OperatorError("workspace-locked", {
      what,
      why: "Another run has locked the workspace.",
      action: "Wait until that run ends, or unlock the workspace in HCP Terraform. Then run the command again.",
    });
  }
  if (/Failed to (query available|install) provider|Could not retrieve the list of available/i.test(output)) {
    return new OperatorError("terraform-provider-missing", {
      what,
      why: "Terraform could not install a provider.",
      action:
        "Run the command where the registry can be reached, or fill a folder with `terraform providers mirror` and set TF_PLUGIN_DIR to it.",
    });
  }
  const tainted = [...output.matchAll(/^ *# (\S+) is tainted/gm)].map(([, address]) => address);
  if (tainted.length > 0 && output.includes("Instance cannot be destroyed")) {
    return new OperatorError("resource-tainted", {
      what,
      why: "The creation of a resource failed half way. Terraform would replace it, and `prevent_destroy` forbids that.",
      action:
        `If the resource exists, run in the stack's folder below cdktf.out/stacks, after \`terraform init\`: ` +
        `${tainted.map((address) => `terraform untaint '${address}'`).join(" && ")}. The next apply finishes it.`,
    });
  }
  return new OperatorError("terraform-plan-failed", {
    what,
    why: "Terraform could not plan the stack, and changed nothing.",
    action: "Correct the cause that Terraform names, and run the command again.",
  });
}
