import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

/** An archive in an empty folder of its own. */
export interface UnzippedArchive {
  folder: string;
  remove(): Promise<void>;
}

/**
 * Unzips an archive where nothing else is in reach of it.
 * @throws if a folder above it holds `node_modules`: the function could load what the archive lacks
 */
export async function unzipAlone(archive: string): Promise<UnzippedArchive> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-archive-"));
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    if (existsSync(join(above, "node_modules"))) throw new Error(`${above} holds node_modules.`);
  }
  for (const [name, contents] of Object.entries(unzipSync(await readFile(archive)))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contents);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
