import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { compileOps } from "../support/compiled-program.ts";

/** Variables with which the AWS SDK finds no credentials, whatever this machine has. */
export const withoutCredentials = {
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_PROFILE: "",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/**
 * Runs `npm run ops --` with these arguments.
 * @param cwd @default the repository
 */
export async function ops(
  args: string[],
  variables: NodeJS.ProcessEnv = {},
  cwd = ".",
): Promise<{ code: number; output: string; stdout: string }> {
  const command = promisify(execFile)(process.execPath, [await compileOps(), ...args], {
    cwd,
    env: { ...process.env, ...variables },
  });
  return command.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr, stdout }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr, stdout }),
  );
}

/** Expects that a command ends with exit code 1 and these texts, without a stack trace. @returns its output */
export async function expectRefusal(
  command: Promise<{ code: number | null; output: string }>,
  ...texts: readonly string[]
): Promise<string> {
  const { code, output } = await command;
  expect(code, output).to.equal(1);
  for (const text of texts) expect(output).to.contain(text);
  expect(output).to.not.contain("    at ");
  return output;
}
