import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs `npm run ops --` with these arguments. */
export async function ops(
  args: string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<{ code: number; output: string }> {
  const command = promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/ops.ts", ...args], {
    env: { ...process.env, ...variables },
  });
  return command.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}
