import { createHash } from "node:crypto";
import { zip } from "../../../scripts/build/archive.ts";
import { type Lockfile, type Sbom, sbomFile } from "../../../scripts/build/sbom.ts";
import { createStatement } from "../../../scripts/build/statements.ts";
import type { ReleaseArchive } from "../../../scripts/release/archive.ts";
import type { StatedArchive } from "../../../scripts/release/check-provenance.ts";
import type { LoggedStatement } from "../../../scripts/release/release-log.ts";

/** An archive with these files. */
export function createArchive(files: Readonly<Record<string, string>>): ReleaseArchive {
  const bytes = zip(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
  return { bytes, sha256: createHash("sha256").update(bytes).digest("base64") };
}

/** A bill of materials with one package of a lockfile. */
export function createSbomOf(name: string, lockfile: Pick<Lockfile, "packages">): Sbom {
  const folder = `node_modules/${name}`;
  const { version, integrity } = lockfile.packages[folder]!;
  const purl = `pkg:npm/${name}@${version}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {},
    components: [
      {
        type: "library",
        "bom-ref": purl,
        name,
        version: version!,
        scope: "required",
        hashes: [{ alg: "SHA-512", content: Buffer.from(integrity!.split("-")[1]!, "base64").toString("hex") }],
        purl,
        evidence: { occurrences: [{ location: folder }] },
      },
    ],
    dependencies: [],
  };
}

/**
 * An archive as a build of a commit makes it, with its statement of provenance.
 * @param lockfile text of `package-lock.json` of the commit
 * @param dependency a package in it, which is in the archive
 */
export function createStatedArchive(
  content: string,
  commit: string,
  lockfile: string,
  dependency: string,
  name = "lambda-arm64",
): StatedArchive {
  const sbom = JSON.stringify(createSbomOf(dependency, JSON.parse(lockfile)));
  const archive = createArchive({ "index.js": content, [sbomFile]: sbom });
  return { ...archive, commit, statement: stateOrigin(archive, commit, lockfile, name) };
}

/** A statement of provenance for an archive. */
export function stateOrigin({ sha256 }: ReleaseArchive, commit: string, lockfile: string, name = "lambda-arm64") {
  const now = new Date();
  const build = { commit, architecture: "arm64", startedAt: now, finishedAt: now } as const;
  return createStatement({ path: `dist/${name}.zip`, sha256 }, build, lockfile, {});
}

/** Statements as the release log has them. */
export const toLogged = (...archives: readonly Pick<StatedArchive, "statement">[]): LoggedStatement[] =>
  archives.map(({ statement }) => ({ at: "2026-11-30T12:00:00.000Z", by: "arn:aws:iam::1:role/release", statement }));
