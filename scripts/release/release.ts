import { ConfigurationError } from "../../service/config.ts";
import { buildArchive, readArchive } from "./archive.ts";
import { type RollOutOptions, rollOut } from "./roll-out.ts";

/** What `npm run ops -- release` was told. */
export interface ReleaseOptions extends RollOutOptions {
  /** Path of an archive that was built before. @default this checkout is built */
  readonly archive?: string;
}

/**
 * Releases this checkout, or an archive.
 * @throws {ConfigurationError} as {@link rollOut}, or if the checkout differs from its commit, or is to go to production
 */
export async function release({ archive: path, ...options }: ReleaseOptions): Promise<void> {
  if (options.environment === "production" && path === undefined) {
    throw new ConfigurationError(
      "Nothing was released: production takes what staging runs, and no build that was never tried. Use `npm run ops -- promote`; only " +
        "if there is no staging any more, name an archive that it ran with --archive.",
    );
  }
  const archive = path === undefined ? await buildArchive() : await readArchive(path);
  await rollOut(options, archive, "yes");
}
