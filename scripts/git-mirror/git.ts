import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { redactText } from "../../service/platform/redaction.ts";
import { OperatorError } from "../cli/errors.ts";

/** Without these a remote that does not respond would block a command until TCP gives up. */
const nonInteractive = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_SSH_COMMAND: process.env.GIT_SSH_COMMAND ?? "ssh -o BatchMode=yes -o ConnectTimeout=10",
};

/**
 * Runs git in a repository.
 * @returns its output
 * @throws {OperatorError} with git's error output, if it fails
 */
export async function git(folder: string, ...parameters: string[]): Promise<string> {
  const options = { cwd: folder, env: { ...process.env, ...nonInteractive }, maxBuffer: Number.POSITIVE_INFINITY };
  const { stdout } = await promisify(execFile)("git", parameters, options).catch((cause) => {
    throw new OperatorError("git-failed", {
      what: `The command \`git ${parameters[0]}\` failed.`,
      why: redactText((cause.stderr || cause.message).trim()),
      action: "Correct the cause, and run the command again in the folder of the repository.",
      cause,
    });
  });
  return stdout;
}
