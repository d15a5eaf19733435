import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zip } from "../../../scripts/build/archive.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { opsProcess } from "../run-ops.ts";
import { EmulatedEnvironment } from "./emulated-environment.ts";
import { PublicApi } from "./public-api.ts";

/** Staging with its public API, and the command that releases to it. */
export type ReleasedEnvironment = ReturnType<ReturnType<typeof useReleasedEnvironment>>;

/** Creates the environment before each test of a suite, and removes it after the test. */
export function useReleasedEnvironment() {
  const getFolder = useTemporaryFolder();
  let staging: EmulatedEnvironment;
  let api: PublicApi;
  beforeEach(async () => {
    staging = new EmulatedEnvironment();
    await staging.create();
    api = new PublicApi(staging);
    await api.start();
  });
  afterEach(async () => {
    staging.codeDeploy.beforeCall = async () => {};
    staging.aws.alarms = [];
    for (const each of staging.codeDeploy.deployments) each.stopRequested = true;
    await staging.codeDeploy.waitUntilIdle();
    await api.stop();
    staging.remove();
  });

  /** Writes an archive with this content. @returns its path */
  const writeArchive = async (content: string) => {
    const path = join(getFolder(), `${content}.zip`);
    await writeFile(path, zip({ "index.js": Buffer.from(content) }));
    return path;
  };
  /** Arguments of a command that releases such an archive. */
  const createArguments = async (content: string, ...more: string[]) => [
    ...["release", "--environment", "staging", "--api", api.url],
    ...["--archive", await writeArchive(content), ...more],
  ];
  /** Releases such an archive, without confirmation. */
  const release = async (content: string, ...more: string[]) =>
    opsProcess(await createArguments(content, "--yes", ...more), api.variables);
  /** Starts a command in its own process. */
  const start = (args: readonly string[]) =>
    spawn(process.execPath, ["scripts/run.cjs", "scripts/ops.ts", ...args], {
      env: { ...process.env, ...api.variables },
    });
  return () => ({ staging, api, createArguments, release, start, writeArchive });
}
