import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { inParallel } from "../cli/in-parallel.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { extractFailure, type Terraform } from "../terraform/terraform.ts";
import { findUnexpectedDrift } from "./drift.ts";
import { type Plan, readPlan } from "./plan.ts";

/** What Terraform needs to plan stacks. */
export interface PlanOptions {
  readonly terraform: Terraform;
  readonly environment: NodeJS.ProcessEnv;
  /** Further arguments of `terraform init`, and of `terraform plan`. */
  readonly initArguments: readonly string[];
  readonly planArguments: readonly string[];
  /** Folder for the output of Terraform. */
  readonly logs: string;
  /** Ends running commands. */
  readonly signal: AbortSignal;
}

type PlannedStack = Pick<Stack, "name" | "folder">;

/** The plans of several stacks, and why others could not be planned. */
export interface PlanResults {
  readonly plans: readonly Plan[];
  readonly failures: readonly { readonly stackName: string; readonly error: OperatorError }[];
}

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
  const failures: PlanResults["failures"][number][] = [];
  const attempt = async <T>({ name }: PlannedStack, work: Promise<T>): Promise<T[]> => {
    try {
      return [await work];
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal.aborted) throw error;
      failures.push({ stackName: name, error });
      log(`${name}: ${error.message}`);
      return [];
    }
  };
  // One after another: two must not fill Terraform's cache of providers at the same time.
  for (const stack of stacks) {
    await attempt(stack, runTerraform(stack, ["init", "-input=false", ...options.initArguments], options));
  }
  const ready = stacks.filter(({ name }) => !failures.some(({ stackName }) => stackName === name));
  const plans = await inParallel(ready, options.signal, async (stack, signal) => {
    const plan = await attempt(stack, createPlan(stack, { ...options, signal }));
    if (plan.length > 0) log(`${stack.name}: planned`);
    return plan;
  });
  return { plans: withoutManagedElsewhere(plans.flat()), failures };
}

/** Plans without the drift of resources that another stack manages in part, as one adds rules to another's security group. */
function withoutManagedElsewhere(plans: readonly Plan[]): Plan[] {
  const state = plans.flatMap((plan) => plan.state);
  return plans.map((plan) => ({ ...plan, drift: findUnexpectedDrift(plan.drift, state) }));
}

async function createPlan(stack: PlannedStack, options: PlanOptions): Promise<Plan> {
  const plan = ["plan", ...options.planArguments, "-input=false", "-lock-timeout=5m", "-out=saved.plan"];
  await runTerraform(stack, plan, options);
  // Of a remote run, too, since Terraform 1.6: https://developer.hashicorp.com/terraform/cloud-docs/run/cli
  return readPlan(stack.name, await runTerraform(stack, ["show", "-json", "saved.plan"], options));
}

/** @throws {OperatorError} with Terraform's own message, and what to do */
async function runTerraform(
  { name, folder }: PlannedStack,
  args: readonly string[],
  { terraform, environment, logs, signal }: PlanOptions,
): Promise<string> {
  signal.throwIfAborted();
  const { exitCode, output } = await terraform.run(folder, args, environment, join(logs, `${name}.log`), signal);
  signal.throwIfAborted();
  if (exitCode === 0) return output;
  const what = `\`terraform ${args[0]}\` of ${name} failed: ${extractFailure(output).trim()}\n`;
  if (/Required token could not be found|unauthorized|terraform login/i.test(output)) {
    const action = "Run `terraform login`, or set TF_TOKEN_app_terraform_io.";
    throw new OperatorError("terraform-not-logged-in", { what, why: "Terraform has no valid token.", action });
  }
  if (/Error acquiring the state lock|Lock timeout|workspace is (already )?locked/i.test(output)) {
    const action = "Wait until that run ends, or unlock the workspace in HCP Terraform. Then run the command again.";
    throw new OperatorError("workspace-locked", { what, why: "Another run has locked the workspace.", action });
  }
  if (/Failed to (query available|install) provider|Could not retrieve the list of available/i.test(output)) {
    const action = "Run it where the registry can be reached, or set TF_PLUGIN_DIR to a `terraform providers mirror`.";
    throw new OperatorError("terraform-provider-missing", { what, why: "Terraform found no provider.", action });
  }
  const tainted = [...output.matchAll(/^ *# (\S+) is tainted/gm)].map(([, address]) => address);
  if (tainted.length > 0 && output.includes("Instance cannot be destroyed")) {
    const untaint = tainted.map((address) => `terraform untaint '${address}'`).join(" && ");
    throw new OperatorError("resource-tainted", {
      what,
      why: "The creation of a resource failed half way. Terraform would replace it, and `prevent_destroy` forbids that.",
      action:
        `If the resource exists, run in the stack's folder below cdktf.out/stacks, after \`terraform init\`: ${untaint}. ` +
        "The next apply finishes it.",
    });
  }
  const action = "Correct the cause that Terraform names, and run the command again.";
  throw new OperatorError("terraform-plan-failed", { what, why: "Terraform could not plan the stack.", action });
}
