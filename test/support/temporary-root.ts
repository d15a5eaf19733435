import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** tsx keeps transformed modules in the temporary folder, also for later runs. */
const tsxCache = `tsx-${process.geteuid!()}`;

/** From Node.js 22 on, npm keeps itself compiled in the temporary folder. */
export const npmCache = "node-compile-cache";

/** What the tests of a run share, such as compiled programs. It is removed with the run's folder. */
export const sharedFolderVariable = "ECOBEAT_SHARED_FOLDER";
const sharedFolder = "shared";

/** How long a program that a test has ended may take to remove its files. */
const graceMilliseconds = 5_000;

let folder: string;

/** Gives the run its own temporary folder: the workers, and the programs that tests start, inherit `TMPDIR`. */
export function mochaGlobalSetup(): void {
  const sharedCache = join(tmpdir(), tsxCache);
  folder = mkdtempSync(join(tmpdir(), "ecobeat-run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  // By themselves, they would end the process without its `exit`. Mocha's own handler of SIGINT does so the second time.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  mkdirSync(sharedCache, { recursive: true });
  symlinkSync(sharedCache, join(folder, tsxCache));
  process.env.TMPDIR = folder;
  // The warning that the SDK will need Node 22 is for deployments, https://github.com/aws/aws-sdk-js-v3/issues/7983.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  // The next run of the same process starts after a change.
  if (!process.argv.includes("--watch")) process.env[sharedFolderVariable] = join(folder, sharedFolder);
}

/** @throws an error, with which mocha fails, if the tests have left anything there */
export async function mochaGlobalTeardown(): Promise<void> {
  const list = () => readdirSync(folder).filter((name) => ![tsxCache, npmCache, sharedFolder].includes(name));
  const end = Date.now() + graceMilliseconds;
  while (list().length > 0 && Date.now() < end) await delay(100);
  const left = list();
  if (left.length > 0) throw new Error(`The tests left in the temporary folder: ${left.sort().join(", ")}`);
}
