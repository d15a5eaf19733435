import { spawn } from "node:child_process";
import { ConfigurationError } from "../../service/config.ts";
import { redactText } from "../../service/platform/logging.ts";

/** A remote that does not answer at all would otherwise hold a command for as long as TCP does. */
const quiet = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_SSH_COMMAND: process.env.GIT_SSH_COMMAND ?? "ssh -o BatchMode=yes -o ConnectTimeout=10",
};

/**
 * Runs git in a repository.
 * @returns what it printed
 * @throws {ConfigurationError} with what git said, when it fails
 */
export async function git(folder: string, ...parameters: string[]): Promise<string> {
  const child = spawn("git", parameters, { cwd: folder, env: { ...process.env, ...quiet } });
  const [output, errors] = [gather(child.stdout), gather(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", (cause) => {
      reject(
        new ConfigurationError(
          `git could not be started: ${cause.message}. Install it, or run this where the repository is.`,
          { cause },
        ),
      );
    });
  });
  if (code === 0) return output();
  throw new ConfigurationError(`\`git ${parameters[0]}\` failed: ${redactText(errors().trim())}`);
}

function gather(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
