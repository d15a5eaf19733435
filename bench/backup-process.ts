import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

/** What `npm run ops` tells Node.js of its memory. */
const memoryOptions: string[] = /"ops": "node (--max-\S+)/
  .exec(readFileSync(join(root, "package.json"), "utf8"))!
  .slice(1);

/** How a process ended. */
export interface ProcessResult {
  readonly code: number | null;
  /** The signal that ended it, or null. */
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A process under way. */
export interface RunningProcess {
  readonly process: ChildProcess;
  readonly result: Promise<ProcessResult>;
}

/**
 * `npm run ops -- backup` and `npm run ops -- restore` in processes of their own. They are compiled once, so that a hundred of
 * them start quickly, and their memory is their own and not the compiler's.
 */
export class BackupProcesses {
  // Inside of the repository, so that packages are found.
  readonly #folder = join(root, ".cache", `backup-processes-${process.pid}`);

  /** @param packages `bundle` starts in a third of the time, `external` takes as much memory as elsewhere */
  async compile(packages: "bundle" | "external" = "bundle"): Promise<void> {
    await build({
      stdin: {
        contents: `
          import { Command } from "commander";
          import { registerBackup } from "./scripts/backup/commands.ts";
          import { runCommand } from "./scripts/cli/run-command.ts";
          // The kernel's own maximum would count what the parent had before this process began.
          let most = 0;
          if (process.send) setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5).unref();
          const program = new Command();
          registerBackup(program);
          await runCommand(() => program.parseAsync());
          if (process.send) process.send(most, () => process.disconnect());
        `,
        resolveDir: root,
        sourcefile: "backup-process.ts",
      },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      packages,
      mainFields: ["module", "main"],
      // What the packages require, none of which is ours.
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      outdir: this.#folder,
      logLevel: "error",
    });
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  start(args: string[], variables: NodeJS.ProcessEnv = {}): RunningProcess {
    return this.#spawn(process.execPath, [join(this.#folder, "stdin.js"), ...args], variables);
  }

  async run(args: string[], variables: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
    return this.start(args, variables).result;
  }

  /** Runs it where no file may grow beyond some kilobytes, as on a disk that is full. */
  async runWithFileSizeLimit(
    kilobytes: number,
    args: string[],
    variables: NodeJS.ProcessEnv,
  ): Promise<ProcessResult> {
    const command = `ulimit -f ${kilobytes}; exec "$@"`;
    const program = [process.execPath, join(this.#folder, "stdin.js"), ...args];
    return this.#spawn("bash", ["-c", command, "bash", ...program], variables).result;
  }

  /** @returns the most memory that it had, in MB */
  async measureMemory(
    args: string[],
    variables: NodeJS.ProcessEnv,
  ): Promise<{ megabytes: number; ended: ProcessResult }> {
    const running = this.#spawn(
      process.execPath,
      [...memoryOptions, join(this.#folder, "stdin.js"), ...args],
      variables,
      true,
    );
    let bytes = 0;
    running.process.on("message", (message) => {
      bytes = Number(message);
    });
    return { ended: await running.result, megabytes: bytes / 1e6 };
  }

  #spawn(command: string, args: string[], variables: NodeJS.ProcessEnv, withChannel = false): RunningProcess {
    const child = spawn(command, args, {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe", ...(withChannel ? (["ipc"] as const) : [])],
    });
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    const ended = new Promise<ProcessResult>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, output })),
    );
    return { process: child, result: ended };
  }
}
