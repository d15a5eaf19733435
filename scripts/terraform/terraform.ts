import { type ChildProcess, execFile, spawn } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, open, readFile } from "node:fs/promises";
import { devNull } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** What a Terraform command came to. */
export interface CommandResult {
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
          env: isolateEnvironment(environment),
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
  ): Promise<CommandResult> {
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

/** The number of resources a plan, apply or destroy says it was about. */
export function parseResourceCount(output: string): number {
  const [last] = [
    ...output.matchAll(
      /^(?:Plan: |Apply complete! Resources: |Destroy complete! Resources: )(?<count>\d+)/gm,
    ),
  ].slice(-1);
  return Number(last?.groups?.count ?? 0);
}

/** What a person must read of a failed command: its errors, or the changes of a plan that should have none, in full. */
export function extractFailure(output: string): string {
  const start = [/^Error: /m, /^(Terraform will perform the following|Changes to Outputs:)/m]
    .map((pattern) => output.search(pattern))
    .find((position) => position !== -1);
  return output.slice(start ?? 0);
}

/** Nothing listens here (the discard port), so that what is sent to it goes nowhere, at once. */
const nowhere = "http://127.0.0.1:9";

/**
 * The environment Terraform runs in. The caller's AWS and Terraform settings are gone (credentials, profiles, tokens,
 * arguments); what is there instead opens no account. Providers talk through a proxy that does not exist, which Go
 * bypasses for loopback addresses alone: even a request that ignores the endpoint reaches nobody.
 *
 * @param endpoint the emulator; without one, nothing at all can be reached
 */
export function isolateEnvironment(environment: NodeJS.ProcessEnv, endpoint?: string): NodeJS.ProcessEnv {
  return {
    ...withoutSettings(environment),
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    // The provider's own default is 25, which turns an error of the emulator into a wait of minutes.
    AWS_MAX_ATTEMPTS: "3",
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: "127.0.0.1",
    ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
  };
}

/**
 * The environment of `terraform init`, which may have to reach the registry: no AWS settings, but the caller's proxy, and
 * one copy of each provider for all stacks.
 *
 * @param cache folder for downloaded providers, unless the caller has one
 */
export function toInitEnvironment(environment: NodeJS.ProcessEnv, cache: string): NodeJS.ProcessEnv {
  return { TF_PLUGIN_CACHE_DIR: cache, ...withoutSettings(environment) };
}

/** How the caller's Terraform finds and keeps its providers: the only settings that are not dropped. */
const keptSettings = ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"];

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name, value]) =>
      !/^(AWS|TF)_/i.test(name) || (keptSettings.includes(name) && value !== undefined && existsSync(value)),
  );
  return { ...Object.fromEntries(kept), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
}
