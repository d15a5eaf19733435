import { environments } from "../../stacks/environments/index.ts";
import { OperatorError } from "../cli/errors.ts";
import { buildArchives, type ReleaseArchives, readArchive } from "./archive.ts";
import { type RollOutOptions, type RollOutOutput, rollOut } from "./roll-out.ts";

/** Options of `npm run ops -- release`. */
export interface ReleaseOptions extends RollOutOptions {
  /** Path of an existing archive. @default this checkout is built */
  readonly archive?: string;
  /** Path of an existing archive of the pre-traffic hook, for `archive`. @default `pre-traffic` keeps its archive */
  readonly preTrafficArchive?: string;
}

/**
 * Releases this checkout, or an archive.
 * @throws {OperatorError} like {@link rollOut}, or if the checkout has uncommitted changes or is meant for an environment that gets promoted releases
 */
export async function release(options: ReleaseOptions, output: RollOutOutput): Promise<void> {
  await rollOut(options, await getArchives(options), output);
}

async function getArchives({ environment, archive, preTrafficArchive }: ReleaseOptions): Promise<ReleaseArchives> {
  if (archive !== undefined) {
    const service = await readArchive(archive);
    return preTrafficArchive === undefined
      ? { service }
      : { service, preTraffic: await readArchive(preTrafficArchive) };
  }
  if (preTrafficArchive !== undefined) {
    throw new OperatorError("archive-missing", {
      what: "Nothing was released.",
      why: "--pre-traffic-archive names the hook's archive, and --archive is missing.",
      action: "Name both archives of the release, or none to build this checkout.",
    });
  }
  const sources = Object.values(environments).flatMap(({ name, promotedTo }) =>
    promotedTo === environment ? [name] : [],
  );
  if (sources.length > 0) {
    throw new OperatorError("release-needs-promotion", {
      what: "Nothing was released.",
      why: `The environment ${environment} runs only archives that ${sources.join(" or ")} has run.`,
      action: `Use \`npm run ops -- promote --from ${sources[0]}\`. If ${sources[0]} no longer exists, name an archive that it ran with --archive.`,
    });
  }
  return buildArchives();
}
