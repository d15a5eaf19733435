import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { sourcePaths } from "./source-paths.ts";

const root = join(import.meta.dirname, "..");

/** The options for memory of Node.js that `npm run ops` sets. */
const memoryOptions: string[] = /"ops": "node (--max-\S+)/
  .exec(readFileSync(join(root, "package.json"), "utf8"))!
  .slice(1);

/** The result of a process. */
export interface ProcessResult {
  readonly code: number | null;
  /** The signal that ended the process, or null. */
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error. */
  readonly output: string;
  readonly stdout: string;
}

export interface RunningProcess {
  readonly process: ChildProcess;
  readonly result: Promise<ProcessResult>;
}

/**
 * Runs `npm run ops -- backup` and `npm run ops -- restore` in separate processes. They are compiled once: a hundred of them start
 * quickly, and the memory of the compiler does not count.
 */
export class BackupProcesses {
  // Inside the repository, so that Node.js finds the packages.
  readonly #folder = join(root, ".cache", `backup-processes-${process.pid}`);

  /** @param packages `bundle` starts in a third of the time; `external` needs as much memory as `npm run ops` */
  async compile(packages: "bundle" | "external" = "bundle"): Promise<void> {
    await build({
      stdin: {
        contents: `
          import { Command } from "commander";
          import { registerBackup } from "./scripts/backup/commands.ts";
          import { runCommand } from "./scripts/cli/run-command.ts";
          // The kernel's maximum would include the parent's memory from before this process started.
          let maximum = 0;
          if (process.send) setInterval(() => (maximum = Math.max(maximum, process.memoryUsage.rss())), 5).unref();
          const program = new Command();
          registerBackup(program);
          await runCommand(() => program.parseAsync());
          if (process.send) process.send(maximum, () => process.disconnect());
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
      // For packages that use `require`.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      outdir: this.#folder,
      plugins: [sourcePaths],
      logLevel: "error",
    });
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  start(args: string[], variables: NodeJS.ProcessEnv = {}): RunningProcess {
    return this.#spawn([process.execPath, this.#program, ...args], variables);
  }

  run(args: string[], variables?: NodeJS.ProcessEnv): Promise<ProcessResult> {
    return this.start(args, variables).result;
  }

  /** Measures the maximum of its memory. */
  async measureMemory(
    args: string[],
    variables: NodeJS.ProcessEnv,
  ): Promise<{ megabytes: number; ended: ProcessResult }> {
    const command = [process.execPath, ...memoryOptions, this.#program, ...args];
    const running = this.#spawn(command, variables, ["ipc"]);
    let bytes = 0;
    running.process.on("message", (message) => {
      bytes = Number(message);
    });
    return { ended: await running.result, megabytes: bytes / 1e6 };
  }

  get #program(): string {
    return join(this.#folder, "stdin.js");
  }

  #spawn([command, ...args]: string[], variables: NodeJS.ProcessEnv, channel: "ipc"[] = []): RunningProcess {
    const child = spawn(command!, args, {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe", ...channel],
    });
    let [output, stdout] = ["", ""];
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
        if (stream === child.stdout) stdout += chunk;
      });
    }
    const result = new Promise<ProcessResult>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, output, stdout })),
    );
    return { process: child, result };
  }
}
