import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedFolderVariable } from "./temporary-root.ts";

let own: Promise<string> | undefined;

/** For a run without `temporary-root.ts`: one for each process, which removes it. */
function ownFolder(): Promise<string> {
  own ??= createOwnFolder();
  return own;
}

async function createOwnFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-shared-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Fills a folder that all tests of a run share, in all its workers. They only read it.
 *
 * @param name of the folder
 * @param fill runs if the folder does not exist yet. Two workers that are as early as each other may both run it.
 * @returns its path
 */
export async function shareFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const shared = process.env[sharedFolderVariable] ?? (await ownFolder());
  const folder = join(shared, name);
  if (existsSync(folder)) return folder;
  await mkdir(shared, { recursive: true });
  const made = await mkdtemp(join(shared, `${name}-`));
  await fill(made);
  // Another worker may have been faster.
  await rename(made, folder).catch(() => rm(made, { recursive: true }));
  return folder;
}
