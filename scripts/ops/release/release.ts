import { buildArchive, readArchive } from "./archive.ts";
import { type RollOutOptions, rollOut } from "./roll-out.ts";

/** What `npm run ops -- release` was told. */
export interface ReleaseOptions extends RollOutOptions {
  /** Path of an archive that was built before. @default this checkout is built */
  readonly archive?: string;
}

/**
 * Releases this checkout, or an archive.
 * @throws {ConfigurationError} as {@link rollOut}, or if the checkout differs from its commit
 */
export async function release({ archive: path, ...options }: ReleaseOptions): Promise<void> {
  const archive = path === undefined ? await buildArchive() : await readArchive(path);
  await rollOut(options, archive, "yes");
}
