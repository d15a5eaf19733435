import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { ConfigurationError } from "../../../service/config.ts";

/** Holds the password of the account that logs in. */
export const passwordVariable = "RIGHT_SIZE_PASSWORD";

/**
 * The password of an account, from the environment or from the terminal, which does not show it. Never from an argument: other
 * users of the machine can read those.
 * @throws {ConfigurationError} if there is neither, or Ctrl-C was pressed
 */
export async function passwordOf(email: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment[passwordVariable];
  if (given) return given;
  if (!process.stdin.isTTY) {
    throw new ConfigurationError(
      `The login of ${email} needs a password, and there is no terminal to ask for it. Set ${passwordVariable}.`,
    );
  }
  process.stderr.write(`Password of ${email}: `);
  const silent = new Writable({ write: (_text, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question("");
  } catch (error) {
    throw new ConfigurationError("No password was given, so nothing was measured.", { cause: error });
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
