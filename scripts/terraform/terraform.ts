import { type ChildProcess, execFile, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, open, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { sealedEnvironment } from "../infra-test/isolation.ts";

/** What a Terraform command came to. */
export interface Outcome {
  readonly exitCode: number;
  /** Everything it printed. */
  readonly output: string;
  /** Path of the file that holds the output. */
  readonly log: string;
}

/** The Terraform program of this machine. */
export class Terraform {
  readonly path: string;
  readonly version: string;

  private constructor(path: string, version: string) {
    this.path = path;
    this.version = version;
  }

  /** Finds `terraform` on the `PATH`; undefined when it is not there or does not start. */
  static async find(environment: NodeJS.ProcessEnv): Promise<Terraform | undefined> {
    for (const folder of (environment.PATH ?? "").split(delimiter).filter(Boolean)) {
      const path = join(folder, "terraform");
      try {
        await access(path, constants.X_OK);
        const { stdout } = await promisify(execFile)(path, ["version", "-json"], {
          env: sealedEnvironment(environment),
        });
        return new Terraform(path, JSON.parse(stdout).terraform_version);
      } catch {}
    }
    return undefined;
  }

  /**
   * Runs one command in a stack's folder.
   *
   * @param log file that receives what it prints
   * @param signal ends the command as Ctrl-C would: what is under way is finished and the state written
   */
  async run(
    folder: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    log: string,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const file = await open(log, "w");
    try {
      const child = spawn(this.path, [...args, "-no-color"], {
        cwd: folder,
        env: environment,
        stdio: ["ignore", file.fd, file.fd],
        // A group of its own, so that a Ctrl-C in the terminal reaches it through `signal` alone.
        detached: true,
      });
      const exitCode = await finished(child, signal);
      return { exitCode, output: await readFile(log, "utf8"), log };
    } finally {
      await file.close();
    }
  }
}

/** How long an interrupted command may take to write its state before it is ended by force. */
const graceMilliseconds = 20_000;

function finished(child: ChildProcess, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let force: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill("SIGINT");
      // The whole group: the providers are processes of their own.
      force = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), graceMilliseconds);
    };
    signal.addEventListener("abort", interrupt, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      clearTimeout(force);
      resolve(code ?? 1);
    });
  });
}
