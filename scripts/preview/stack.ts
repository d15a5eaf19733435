import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPreviewName } from "../../service/contract.ts";
import { type PreviewRequest, toPreviewVariables } from "../../stacks/preview-request.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import type { Log } from "../cli/output.ts";
import { synthesize } from "../terraform/synthesis.ts";
import {
  extractFailure,
  parseResourceCount,
  Terraform,
  toInitArguments,
  withoutQuestions,
} from "../terraform/terraform.ts";

/** Runs a Terraform command on the stack of a preview. @returns what it printed */
export type RunTerraform = (args: readonly string[]) => Promise<string>;

/**
 * Synthesizes the stack of a preview into a folder that exists until `work` returns, and initializes it.
 *
 * @param settings further variables of the synthesis. @default those of the process alone
 * @throws {OperatorError} if there is no Terraform, the stack does not synthesize, or a command fails
 */
export async function withPreviewStack<T>(
  request: PreviewRequest,
  log: Log,
  work: (run: RunTerraform) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  const terraform = await Terraform.find(process.env);
  if (!terraform) {
    throw new OperatorError("preview-without-terraform", {
      what: "There is no `terraform` on the PATH.",
      why: "Terraform creates and destroys the resources of a preview on this machine.",
      action: "Install Terraform 1.11 or later.",
    });
  }
  const name = toPreviewName(request.pullRequest);
  const reason = {
    why: `Terraform may have changed a part of ${name}.`,
    action: "Run the command again: it does only what is left.",
  };
  const scratch = await mkdtemp(join(tmpdir(), `${name}-`));
  try {
    return await runInterruptible(reason, async (signal) => {
      const variables = { ...process.env, ...toPreviewVariables(request), ...settings };
      const stacks = await synthesize(
        "main.ts",
        join(scratch, "app"),
        variables,
        process.env.ECOBEAT_BACKEND ?? "cloud",
      );
      const { folder } = stacks.find((stack) => stack.name === `${name}-service`)!;
      const logs = join(scratch, "logs");
      await mkdir(logs);
      const environment = { ...process.env, ...withoutQuestions };
      const run: RunTerraform = async (args) => {
        const [command = ""] = args;
        const { exitCode, output } = await terraform.run(folder, args, environment, join(logs, command), signal);
        signal.throwIfAborted();
        if (exitCode === 0) return output;
        throw new OperatorError("preview-terraform-failed", {
          what: `The command \`terraform ${command}\` failed for ${name}.`,
          why: `It printed:\n${extractFailure(output).trim()}\n`,
          action: "Correct what it names, and run the command again: it does only what is left.",
        });
      };
      log(`${name}: terraform init`);
      await run(["init", "-input=false", ...toInitArguments(process.env)]);
      return await work(run);
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The number of resources in Terraform's summary, in words. */
export const describeCount = (output: string): string => {
  const count = parseResourceCount(output);
  return `${count} resource${count === 1 ? "" : "s"}`;
};
