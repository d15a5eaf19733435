import { type ChildProcess, execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { type Command, CommanderError } from "commander";
import { runCommand } from "../../scripts/cli/run-command.ts";
import { createProgram } from "../../scripts/ops.ts";
import { compileOps } from "../support/compiled-program.ts";
import { setVariables } from "../support/variables.ts";

/** Variables with which the AWS SDK finds no credentials, whatever this machine has. */
export const withoutCredentials = {
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_PROFILE: "",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** What a command has printed, and its exit status. */
export interface Ended {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
  readonly stdout: string;
}

/** The run of this process in progress: the next one waits, because it shares the output and the variables. */
let running: Promise<unknown> = Promise.resolve();

/**
 * Runs `npm run ops --` with these arguments in this process, in a quarter of the time of a process of its own.
 * Its clients are not closed at its end, and a signal would be the tests' own: see {@link opsProcess}.
 * @param variables environment variables; `undefined` deletes one
 */
export function ops(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const run = running.then(() => runHere(args, variables));
  running = run.catch(() => {});
  return run;
}

async function runHere(args: readonly string[], variables: NodeJS.ProcessEnv): Promise<Ended> {
  const { exitCode } = process;
  let [stdout, stderr] = ["", ""];
  const restore = [
    setVariables(variables),
    capture(process.stdout, (text) => {
      stdout += text;
    }),
    capture(process.stderr, (text) => {
      stderr += text;
    }),
  ];
  process.exitCode = undefined;
  try {
    const program = createProgram();
    endWithError(program);
    await runCommand(() =>
      program.parseAsync(args, { from: "user" }).catch((error) => {
        if (!(error instanceof CommanderError)) throw error;
        process.exitCode = error.exitCode;
      }),
    );
    return { code: Number(process.exitCode ?? 0), output: stdout + stderr, stdout };
  } finally {
    process.exitCode = exitCode;
    for (const each of restore) each();
  }
}

/** Lets a program throw where it would end the process. */
function endWithError(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) endWithError(each);
}

/** Has a stream of this process write elsewhere, as a pipe does. @returns what ends it */
function capture(stream: NodeJS.WriteStream, write: (text: string) => void): () => void {
  const before = Object.getOwnPropertyDescriptors(stream);
  const after = {
    isTTY: false,
    write: (text: string | Uint8Array, ...more: unknown[]) => {
      write(Buffer.from(text as string).toString());
      const written = more.find((each) => typeof each === "function");
      if (written) setImmediate(written as () => void);
      return true;
    },
  };
  Object.assign(stream, after);
  return () => {
    for (const name of ["isTTY", "write"] as const) {
      if (before[name]) Object.defineProperty(stream, name, before[name]);
      else delete (stream as Partial<typeof stream>)[name];
    }
  };
}

/**
 * Starts it in a process of its own, where the process is what is tested: its start, its signals, its end or its output.
 * @param cwd @default the repository
 * @param node @default that of this process
 */
export async function startOps(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  cwd = ".",
  node = process.execPath,
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  const env = { ...process.env, ...variables };
  const command = promisify(execFile)(node, [await compileOps(), ...args], { cwd, env });
  const ended = command.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr, stdout }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr, stdout }),
  );
  return { child: command.child, ended };
}

/** Runs it in a process of its own, to its end. */
export const opsProcess = async (...started: Parameters<typeof startOps>): Promise<Ended> =>
  (await startOps(...started)).ended;

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
