import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getStatedCommit, getStatedLockfile, isStatementOf, type ProvenanceStatement } from "../build/provenance.ts";
import { findUnlocked, type Sbom, sbomFile } from "../build/sbom.ts";
import { OperatorError } from "../cli/errors.ts";
import { git } from "../git-mirror/git.ts";
import type { ReleaseArchive } from "./archive.ts";
import type { LoggedStatement } from "./release-log.ts";

/** An archive with a known origin. */
export type StatedArchive = ReleaseArchive & Required<Pick<ReleaseArchive, "commit" | "statement">>;

/** Where an archive runs. */
export interface ArchiveOrigin {
  /** The environment whose release log has the statement. */
  readonly environment: DeployedEnvironment;
  /** Its name in messages, such as `api and auth`. */
  readonly name: string;
  /** Statements of the environment, newest first. */
  readonly statements: readonly LoggedStatement[];
  /** The commit that the release log names for the archive. @default that of its newest statement */
  readonly commit?: string;
}

/**
 * Checks from what an archive was built: a statement of provenance in the release log must be about these bytes and the commit that the
 * log names, the checkout must contain this commit, and the archive's bill of materials must name packages of that commit's lockfile.
 *
 * It trusts the release log, which the roles of releases can append to. A rebuild trusts nothing of it: `rebuild.ts`.
 *
 * @param root folder of the repository
 * @returns the archive with its statement and commit
 * @throws {OperatorError} if one of these is missing or differs
 */
export async function checkProvenance(
  root: string,
  archive: ReleaseArchive,
  origin: ArchiveOrigin,
): Promise<StatedArchive> {
  const statement = chooseStatement(archive, origin);
  const commit = getStatedCommit(statement)!;
  await assertInHistory(root, commit, origin);
  const lockfile = await git(root, "show", `${commit}:package-lock.json`);
  if (getStatedLockfile(statement) !== createHash("sha256").update(lockfile).digest("hex")) {
    throw new OperatorError("provenance-lockfile-differs", {
      what: describeFailure(origin),
      why: `Its statement of provenance names another package-lock.json than that of commit ${commit}.`,
      action: explainNewRelease(origin),
    });
  }
  const unlocked = findUnlocked(readSbom(archive, origin), JSON.parse(lockfile));
  if (unlocked.length > 0) {
    throw new OperatorError("sbom-not-locked", {
      what: describeFailure(origin),
      why: `Its bill of materials differs from package-lock.json of commit ${commit}: ${unlocked.join("; ")}.`,
      action: explainNewRelease(origin),
    });
  }
  return { ...archive, commit, statement };
}

const describeFailure = ({ environment, name }: ArchiveOrigin): string =>
  `The archive that ${name} of ${environment} runs was not accepted.`;

const explainNewRelease = ({ environment }: ArchiveOrigin): string =>
  `Release ${environment} again: npm run ops -- release --environment ${environment}. If you do not know how this archive got there, see SECURITY.md.`;

function chooseStatement({ sha256 }: ReleaseArchive, origin: ArchiveOrigin): ProvenanceStatement {
  const own = origin.statements.map(({ statement }) => statement).filter((one) => isStatementOf(one, sha256));
  const stated = own.filter((one) => isCommit(getStatedCommit(one)));
  if (stated.length === 0) {
    const newest = origin.statements[0]?.at;
    throw new OperatorError("provenance-missing", {
      what: describeFailure(origin),
      why:
        `The release log of ${origin.environment} has no statement of provenance for ${sha256}` +
        (newest ? `: its newest is of ${newest}, and about another archive.` : ", or for any archive."),
      action: explainNewRelease(origin),
    });
  }
  const found = stated.find((one) => origin.commit === undefined || getStatedCommit(one) === origin.commit);
  if (found) return found;
  throw new OperatorError("provenance-commit-differs", {
    what: describeFailure(origin),
    why: `The release log says that it was built from ${origin.commit}, and its statement of provenance names ${getStatedCommit(stated[0]!)}.`,
    action: explainNewRelease(origin),
  });
}

/** A full name of a commit, and no option of git. */
const isCommit = (text: string | undefined): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text ?? "");

/** Otherwise code would be promoted that did not pass the checks and reviews of the branch. */
async function assertInHistory(root: string, commit: string, origin: ArchiveOrigin): Promise<void> {
  try {
    await git(root, "merge-base", "--is-ancestor", commit, "HEAD");
  } catch (cause) {
    throw new OperatorError("provenance-commit-unknown", {
      what: describeFailure(origin),
      why: `It was built from commit ${commit}, which is not in the history of this checkout.`,
      action:
        `Check out the branch that ${origin.environment} is released from, with its whole history: \`git fetch\`, and in a shallow clone ` +
        "`git fetch --unshallow`. If no branch has this commit, see SECURITY.md.",
      cause,
    });
  }
}

function readSbom({ bytes }: ReleaseArchive, origin: ArchiveOrigin): Sbom {
  try {
    const files = unzipSync(bytes, { filter: ({ name }) => name === sbomFile });
    const sbom = JSON.parse(new TextDecoder().decode(files[sbomFile])) as Sbom;
    const { bomFormat, components } = sbom;
    const isComplete = components.length > 0 && components.every(({ evidence }) => evidence.occurrences.length > 0);
    if (bomFormat === "CycloneDX" && isComplete) return sbom;
    throw new Error("It is not a bill of this build.");
  } catch (cause) {
    throw new OperatorError("sbom-missing", {
      what: describeFailure(origin),
      why: `It contains no bill of materials that can be read, ${sbomFile}.`,
      action: explainNewRelease(origin),
      cause,
    });
  }
}
