import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { devNull } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";

/** The result of a Terraform command. */
export interface CommandResult {
  readonly exitCode: number;
  /** Everything it printed. */
  readonly output: string;
  /** Path of the file that contains the output. */
  readonly log: string;
}

/** Variables with which Terraform asks nothing: neither the person nor the server that knows its newest version. */
export const withoutQuestions = { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };

/** Arguments of `terraform init` by which it takes providers from the folder in `TF_PLUGIN_DIR`. @default it downloads them */
export const toInitArguments = ({ TF_PLUGIN_DIR: folder }: NodeJS.ProcessEnv): string[] =>
  folder ? [`-plugin-dir=${resolve(folder)}`] : [];

/** The Terraform program on the `PATH`. */
export class Terraform {
  readonly version: string;

  private constructor(version: string) {
    this.version = version;
  }

  /** Finds `terraform` on the `PATH`; undefined if it is not there or does not start. */
  static async find(environment: NodeJS.ProcessEnv): Promise<Terraform | undefined> {
    try {
      const options = { env: isolateEnvironment(environment) };
      const { stdout } = await promisify(execFile)("terraform", ["version", "-json"], options);
      return new Terraform(JSON.parse(stdout).terraform_version);
    } catch {
      return undefined;
    }
  }

  /**
   * Runs one command in a stack's folder.
   *
   * @param log file for its output
   * @param signal ends the command as Ctrl-C does: Terraform finishes what is in progress and writes the state
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
      const child = spawn("terraform", [...args, "-no-color"], {
        cwd: folder,
        env: environment,
        stdio: ["ignore", file.fd, file.fd],
        // In a process group of its own, Ctrl-C in the terminal reaches it only through `signal`.
        detached: true,
      });
      const exitCode = await waitForExit(child, signal);
      return { exitCode, output: await readFile(log, "utf8"), log };
    } finally {
      await file.close();
    }
  }
}

/** An interrupted command has this time to write its state before it is killed. */
const gracePeriodMs = 20_000;

function waitForExit(child: ChildProcess, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let killTimer: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill("SIGINT");
      // The whole group: providers are separate processes.
      killTimer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), gracePeriodMs);
    };
    signal.addEventListener("abort", interrupt, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      clearTimeout(killTimer);
      resolve(code ?? 1);
    });
  });
}

/** The number of resources in the summary of a plan, apply or destroy. */
export function parseResourceCount(output: string): number {
  const [last] = [
    ...output.matchAll(/^(?:Plan: |Apply complete! Resources: |Destroy complete! Resources: )(?<count>\d+)/gm),
  ].slice(-1);
  return Number(last?.groups?.count ?? 0);
}

/** Extracts from the output of a failed command its errors, or the changes of a plan that should have none. */
export function extractFailure(output: string): string {
  const start = [/^Error: /m, /^(Terraform will perform the following|Changes to Outputs:)/m]
    .map((pattern) => output.search(pattern))
    .find((position) => position !== -1);
  return output.slice(start ?? 0);
}

/**
 * Go's garbage collector takes a third of the CPU time of a command, most of it while the provider starts. Up to this limit, it does
 * not run: https://go.dev/doc/gc-guide#Memory_limit
 */
const garbageCollection = { GOGC: "off", GOMEMLIMIT: "1GiB" };

/** The discard port, where nothing listens: connections fail immediately. */
const unreachableProxy = "http://127.0.0.1:9";

/**
 * The environment for Terraform commands. It replaces the caller's AWS and Terraform settings (credentials, profiles, tokens,
 * arguments) with values that give access to no account. Providers use an unreachable proxy, which Go bypasses only for loopback
 * addresses: a request that ignores the endpoint does not leave this machine.
 *
 * @param endpoint the emulator. @default none, and nothing is reachable
 */
export function isolateEnvironment(environment: NodeJS.ProcessEnv, endpoint?: string): NodeJS.ProcessEnv {
  return {
    ...withoutSettings(environment),
    ...garbageCollection,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    // With the provider's default of 25, an error of the emulator causes minutes of retries.
    AWS_MAX_ATTEMPTS: "3",
    HTTP_PROXY: unreachableProxy,
    HTTPS_PROXY: unreachableProxy,
    NO_PROXY: "127.0.0.1",
    ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
  };
}

/**
 * The environment for `terraform init`, which may need the registry: no AWS settings, the caller's proxy, and one copy of each
 * provider for all stacks.
 *
 * @param cache folder for downloaded providers, unless the caller has set one
 */
export function toInitEnvironment(environment: NodeJS.ProcessEnv, cache: string): NodeJS.ProcessEnv {
  return { TF_PLUGIN_CACHE_DIR: cache, ...withoutSettings(environment) };
}

/** Where the caller's Terraform finds and caches providers: the only settings that remain. */
const keptSettings = ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"];

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name, value]) =>
      !/^(AWS|TF)_/i.test(name) || (keptSettings.includes(name) && value !== undefined && existsSync(value)),
  );
  return { ...Object.fromEntries(kept), ...withoutQuestions };
}
