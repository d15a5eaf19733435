import { readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
// Before anything here sets TERRAFORM_BINARY_NAME, which it reads as it loads: it would keep that program for other tests.
import "cdktf";
import type { Command } from "commander";
import { selectStacks, toCdktfArguments } from "../../../scripts/deploy/deploy.ts";
import { readStacks, type Stack } from "../../../scripts/terraform/synthesis.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { shareFolder } from "../shared-folder.ts";
import { synthesizeInto } from "../synthesize.ts";
import { setVariables } from "../variables.ts";
import { declaredTool } from "./declared.ts";
import { accepted, refused, type Tool } from "./tool.ts";

/** Checks of the CDKTF CLI before it calls Terraform. They throw. */
interface StackHelpers {
  getSingleStack(stacks: readonly Stack[], name: string | undefined, command: string): Stack;
  getMultipleStacks(stacks: readonly Stack[], patterns: readonly string[], command: string): Stack[];
  checkIfAllDependenciesAreIncluded(named: readonly Stack[]): void;
  checkIfAllDependantsAreIncluded(named: readonly Stack[], stacks: readonly Stack[]): void;
}

function loadStackHelpers(): StackHelpers {
  // As it loads, it runs Terraform and sends telemetry.
  const restore = setVariables({ CHECKPOINT_DISABLE: "1", TERRAFORM_BINARY_NAME: "true" });
  try {
    const { resolve } = createRequire(import.meta.url);
    return createRequire(resolve("cdktf-cli/package.json"))("@cdktf/cli-core/src/lib/helpers/stack-helpers.js");
  } finally {
    restore();
  }
}

/** CDKTF ignores flags that it does not know, so they are compared with its help here. */
const declared = declaredTool({
  source: "`npx cdktf <command> --help`",
  commands: {
    deploy: [
      "--auto-approve",
      "--refresh-only",
      "--ignore-missing-stack-dependencies",
      "--skip-synth",
      "--parallelism=",
      "--output=",
    ],
    destroy: ["--auto-approve", "--ignore-missing-stack-dependencies"],
    diff: ["--refresh-only"],
    output: ["--outputs-file="],
    login: ["--tfe-hostname="],
    synth: [],
  },
});

/** All stacks, synthesized once in a run as `main.ts` does. Their folders are gone. */
export async function synthesizeAll(): Promise<Stack[]> {
  const file = "stacks.json";
  const folder = await shareFolder("stacks", async (made) => {
    const out = synthesizeInto(made, Object.values(environments));
    await writeFile(join(made, file), JSON.stringify(await readStacks(out)));
    await rm(out, { recursive: true });
  });
  return JSON.parse(await readFile(join(folder, file), "utf8"));
}

/** The fake of `cdktf`: accepts what the CDKTF CLI accepts with these stacks. */
export function createCdktfTool(stacks: readonly Stack[]): Tool {
  const helpers = loadStackHelpers();
  return async (call) => {
    const answer = await declared(call);
    if (answer.code !== 0) return answer;
    const [command, ...args] = call.args;
    const names = args.filter((word) => !word.startsWith("-"));
    const isChecked = !args.includes("--ignore-missing-stack-dependencies");
    try {
      if (command === "diff") helpers.getSingleStack(stacks, names[0], command);
      if (command === "deploy" || command === "destroy" || command === "output") {
        const named = helpers.getMultipleStacks(stacks, names, command);
        if (command === "deploy" && isChecked) helpers.checkIfAllDependenciesAreIncluded(named);
        if (command === "destroy" && isChecked) helpers.checkIfAllDependantsAreIncluded(named, stacks);
      }
      return accepted();
    } catch (error) {
      return refused((error as Error).message);
    }
  };
}

/** Checks of `ops deploy`, and of CDKTF with the command line that it gets. */
export const createDeployCheck = (stacks: readonly Stack[], cdktf: Tool) => async (command: Command, cwd: string) => {
  try {
    const selected = selectStacks(stacks, { ...command.opts<{ environment: "staging" }>(), stacks: command.args });
    return await cdktf({ args: toCdktfArguments(selected), cwd });
  } catch (error) {
    return refused((error as Error).message);
  }
};
