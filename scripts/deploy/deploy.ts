import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { namePrefix } from "../../service/company.ts";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { withBuiltArchives } from "../build/kept-archives.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import { suggest } from "../cli/suggest.ts";
import { openHcpTerraform } from "../terraform/hcp-terraform-api.ts";
import { type Stack, synthesize } from "../terraform/synthesis.ts";
import { hasCdktfTerminal } from "./cdktf-terminal.ts";

/** What to deploy, and how. */
export interface DeployOptions {
  readonly environment: DeployedEnvironment;
  /** Names of stacks, such as `service` or `ecobeat-staging-service`. Empty: the stacks that need no name. */
  readonly stacks: readonly string[];
  /** Approves all plans. @default CDKTF asks for each */
  readonly yes?: boolean;
  /** Deploys nothing. */
  readonly dryRun?: boolean;
}

/** Deployed only by name: Atlas creates the online archive of a collection only after the service has stored data in it. */
const deployedByName = ["archive"];

/**
 * Deploys stacks with CDKTF, each after its dependencies.
 *
 * @param log receives the lines of a dry run
 * @returns the exit status of CDKTF
 * @throws {OperatorError} if a deployment cannot start
 */
export async function deploy(options: DeployOptions, log: (line: string) => void): Promise<number> {
  const backend = process.env.ECOBEAT_BACKEND ?? "cloud";
  if (!options.dryRun) {
    if (!options.yes && !process.stdin.isTTY) {
      throw new OperatorError("approval-without-terminal", {
        what: "Nothing was deployed.",
        why: "CDKTF asks for an approval of each plan, and there is no terminal to answer from.",
        action: "Set --yes to approve all plans, or run the command in a terminal.",
      });
    }
    await checkTerminal();
    if (backend !== "local") await openHcpTerraform(process.env);
    await checkTypes();
  }
  const variables = { ...process.env, ...withBuiltArchives };
  const stacks = await synthesize("main.ts", process.env.CDKTF_OUTDIR ?? "cdktf.out", variables, backend);
  const selected = selectStacks(stacks, options);
  const args = toCdktfArguments(selected, options.yes);
  if (!options.dryRun) return runCdktf(args);
  for (const { name } of selected) log(name);
  log(`\nnpx cdktf ${args.join(" ")}`);
  return 0;
}

/**
 * Selects the stacks to deploy.
 *
 * @param stacks those of all environments, each after its dependencies
 * @returns the selected ones in the same order
 * @throws {OperatorError} if a name is unknown
 */
export function selectStacks<S extends Pick<Stack, "name">>(
  stacks: readonly S[],
  { environment, stacks: names }: DeployOptions,
): S[] {
  const prefix = `${toNamePrefix(environment)}-`;
  const others = environmentNames.filter((other) => other !== environment);
  const candidates = stacks.filter(({ name }) => !others.some((other) => name.startsWith(`${toNamePrefix(other)}-`)));
  const toShortName = ({ name }: S) => name.replace(prefix, "").replace(`${namePrefix}-`, "");
  if (names.length === 0) {
    return candidates.filter((stack) => stack.name.startsWith(prefix) && !deployedByName.includes(toShortName(stack)));
  }
  const isNamed = (stack: S, name: string) => name === stack.name || name === toShortName(stack);
  for (const name of names) {
    if (candidates.some((stack) => isNamed(stack, name))) continue;
    throw new OperatorError("stack-not-in-environment", {
      what: `${environment} has no stack ${name}.`,
      why: `Its stacks are ${candidates.map(toShortName).join(", ")}.`,
      action: `Use one of these names.${suggest(name, candidates.map(toShortName))}`,
    });
  }
  return candidates.filter((stack) => names.some((name) => isNamed(stack, name)));
}

/**
 * Arguments of the CDKTF CLI.
 * @param stacks each after its dependencies
 */
export function toCdktfArguments(
  stacks: readonly Pick<Stack, "name" | "dependencies">[],
  autoApprove = false,
): string[] {
  const names = stacks.map(({ name }) => name);
  const isComplete = stacks.every(({ dependencies }) => dependencies.every((name) => names.includes(name)));
  return [
    "deploy",
    ...names,
    "--skip-synth",
    // One after another in this order: with the next flag, CDKTF would deploy a stack at the same time as its dependencies.
    "--parallelism=1",
    ...(isComplete ? [] : ["--ignore-missing-stack-dependencies"]),
    ...(process.env.CDKTF_OUTDIR ? [`--output=${process.env.CDKTF_OUTDIR}`] : []),
    ...(autoApprove ? ["--auto-approve"] : []),
  ];
}

/** @throws {OperatorError} if the CDKTF CLI does not start on this Node.js */
async function checkTerminal(): Promise<void> {
  if (await hasCdktfTerminal()) return;
  throw new OperatorError("cdktf-without-terminal", {
    what: "Nothing was deployed.",
    why: `The CDKTF CLI does not start on Node.js ${process.versions.node}: its package for terminals has no binary for it.`,
    action: "Run the command on Node.js 22, or on the version in .nvmrc: `nvm use`.",
  });
}

/**
 * Checks types, which synthesis does not.
 * @throws {OperatorError} with the errors
 */
async function checkTypes(): Promise<void> {
  await promisify(execFile)(process.execPath, ["node_modules/.bin/tsc", "--noEmit"]).catch((cause) => {
    throw new OperatorError("type-check-failed", {
      what: "Nothing was deployed.",
      why: `The type check failed:\n${cause.stdout}${cause.stderr}`,
      action: "Correct these errors, and run `npm run check`.",
      cause,
    });
  });
}

/**
 * Runs the CDKTF CLI, and passes an interruption on.
 * @returns its exit status
 */
export function runCdktf(args: readonly string[]): Promise<number> {
  const interruption = {
    why: "A run that had begun may continue in HCP Terraform.",
    action: "Look at the runs of the workspace, and run the command again: it does only what is left.",
  };
  return runInterruptible(interruption, async (signal) => {
    const child = spawn(process.execPath, ["node_modules/.bin/cdktf", ...args], {
      stdio: "inherit",
      env: { ...process.env, CHECKPOINT_DISABLE: "1" },
    });
    signal.addEventListener("abort", () => child.kill("SIGINT"));
    const [status] = await once(child, "close");
    signal.throwIfAborted();
    return status ?? 1;
  });
}
