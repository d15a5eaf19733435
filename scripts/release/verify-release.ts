import { join } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { functionArchitecture } from "../../stacks/environments/shared.ts";
import { getStatedCommit, isStatementOf, type ProvenanceStatement } from "../build/provenance.ts";
import { OperatorError } from "../cli/errors.ts";
import type { ReleaseArchive } from "./archive.ts";
import { compareArchives, type FileDifference, formatDifference } from "./compare-archives.ts";
import type { CommandOutput } from "./deploy-context.ts";
import { type FunctionState, type ReleasedFunction, ReleaseFunctions } from "./functions.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import { type Rebuild, type RebuiltArchives, rebuildArchives } from "./rebuild.ts";
import { findCommit, type LoggedStatement, ReleaseLog } from "./release-log.ts";
import type { RollOutOutput } from "./roll-out.ts";

/** The functions whose archives can be built again. */
export const verifiableFunctions = ["api", "auth", preTrafficFunctionId] as const;

export type VerifiableFunction = (typeof verifiableFunctions)[number];

/** Options of `npm run ops -- release verify`. */
export interface VerifyOptions {
  readonly environment: DeployedEnvironment;
  /** @default all */
  readonly function?: VerifiableFunction;
  /** The commit to build. @default the one that the statement of provenance names, or else the release log */
  readonly commit?: string;
}

/** An archive to build again. */
export interface ArchiveToRebuild extends ReleaseArchive {
  readonly commit: string;
  /** Which of a commit's archives it should be. */
  readonly kind: Exclude<keyof RebuiltArchives, "commit">;
  /** The functions that run it, such as `api and auth`. */
  readonly name: string;
}

/** What a comparison found. */
export interface VerifiedArchive {
  readonly functions: string;
  readonly commit: string;
  /** Base64 of the SHA-256 of the archive that runs. */
  readonly sha256: string;
  readonly isSame: boolean;
  /** None if the archives differ only in how their files are packed. */
  readonly differences: readonly FileDifference[];
}

/** The release log says nothing about older releases. */
const readEvents = 100;

/**
 * Builds what an environment runs again from its commit, and compares the bytes.
 *
 * @throws {OperatorError} if a commit is unknown, a build fails, or an archive differs
 */
export async function verifyRelease(
  { environment, function: named, commit }: VerifyOptions,
  output: RollOutOutput,
  rebuild: Rebuild = rebuildCommit,
): Promise<void> {
  const chosen = named ? [named] : verifiableFunctions;
  const archives = await downloadArchives(environment, chosen, commit, output);
  const verified = await compareWithBuilds(archives, rebuild, output.log);
  output.result({ environment, archives: verified });
  assertSame(verified, archives);
}

/** Builds the archives of a commit of this repository, for the architecture of the functions. */
export const rebuildCommit: Rebuild = (commit) =>
  rebuildArchives(join(import.meta.dirname, "..", ".."), commit, functionArchitecture);

/** Builds the commits of archives again, one after another, and compares the bytes. */
export async function compareWithBuilds(
  archives: readonly ArchiveToRebuild[],
  rebuild: Rebuild,
  log: (line: string) => void,
): Promise<VerifiedArchive[]> {
  const verified: VerifiedArchive[] = [];
  for (const commit of new Set(archives.map((archive) => archive.commit))) {
    log(`building commit ${commit} again, with the packages of its lockfile: this takes some minutes`);
    const rebuilt = await rebuild(commit);
    for (const { name, kind, bytes, sha256 } of archives.filter((archive) => archive.commit === commit)) {
      const isSame = Buffer.compare(bytes, rebuilt[kind]) === 0;
      const differences = isSame ? [] : compareArchives(bytes, rebuilt[kind]);
      log(`${name}: archive ${sha256} ${isSame ? "is" : "differs from"} that of commit ${rebuilt.commit}`);
      verified.push({ functions: name, commit: rebuilt.commit, sha256, isSame, differences });
    }
  }
  return verified;
}

/** @throws {OperatorError} if an archive differs from its build */
export function assertSame(verified: readonly VerifiedArchive[], archives: readonly ReleaseArchive[] = []): void {
  const different = verified.filter(({ isSame }) => !isSame);
  if (different.length === 0) return;
  const statements = different.flatMap(({ sha256 }) => archives.find((one) => one.sha256 === sha256)?.statement ?? []);
  throw new OperatorError("archive-differs", {
    what: "An archive does not have the bytes that its commit builds.",
    why: [...different.map(describeDifferent), ...describeOtherVersions(statements)].join(" "),
    action:
      "If you cannot explain the difference, treat it as an attack: follow runbooks/leaked-credentials.md for the role that released it, " +
      "and release a commit that you have reviewed.",
  });
}

function describeDifferent({ functions, commit, differences }: VerifiedArchive): string {
  const files = differences.map(formatDifference).join("; ");
  return `${functions} and commit ${commit}: ${files || "the same files are packed in another way"}.`;
}

/** Node.js and esbuild decide on the bytes, and the commit does not pin the first. */
function describeOtherVersions(statements: readonly ProvenanceStatement[]): string[] {
  const [node] = statements.map(({ predicate }) => predicate.runDetails.builder.version.node);
  return node === undefined || node === process.versions.node
    ? []
    : [`It was built with Node.js ${node}, and now with ${process.versions.node}: try that version first.`];
}

async function downloadArchives(
  environment: DeployedEnvironment,
  chosen: readonly VerifiableFunction[],
  named: string | undefined,
  { warn }: CommandOutput,
): Promise<ArchiveToRebuild[]> {
  const functions = new ReleaseFunctions(environment);
  const log = new ReleaseLog(environment);
  const [states, history = [], statements = []] = await Promise.all([
    functions.read(),
    log.tryRead(readEvents, warn, "It names no commits."),
    log.tryReadStatements(warn, "It has no statements of provenance."),
  ]);
  const running = chosen.flatMap((id) => (id === preTrafficFunctionId ? [] : findRunningVersions(id, states[id])));
  const findOrigin = (sha256: string, siblings: readonly { readonly commit: string }[] = []) => {
    const statement = findStatement(statements, sha256);
    const commit =
      named ?? (statement && getStatedCommit(statement)) ?? findCommit(history, sha256) ?? siblings[0]?.commit;
    if (commit !== undefined) return { commit, ...(statement && { statement }) };
    throw new OperatorError("commit-of-archive-unknown", {
      what: `The archive ${sha256} of ${environment} was not verified.`,
      why: "Neither a statement of provenance nor the release log names the commit that it was built from.",
      action: "Name the commit with --commit.",
    });
  };
  const found: ArchiveToRebuild[] = [];
  for (const sha256 of new Set(running.map(({ version }) => version.sha256))) {
    const [first, ...others] = running.filter(({ version }) => version.sha256 === sha256);
    const archive = await functions.downloadArchive(first!.id, first!.version);
    const name = [first!, ...others].map(({ id, version }) => `${id}:${version.version}`).join(" and ");
    found.push({ ...archive, ...findOrigin(sha256), kind: "service", name });
  }
  if (chosen.includes(preTrafficFunctionId)) {
    const archive = await functions.downloadArchive(preTrafficFunctionId);
    // A release replaces it together with that of the service.
    found.push({ ...archive, ...findOrigin(archive.sha256, found), kind: "preTraffic", name: preTrafficFunctionId });
  }
  return found;
}

/** Several, while a deployment is in progress. */
const findRunningVersions = (id: ReleasedFunction, { live, versions }: FunctionState) =>
  versions
    .filter(({ version }) => [live.version, ...live.additionalVersions].includes(version))
    .map((version) => ({ id, version }));

const findStatement = (statements: readonly LoggedStatement[], sha256: string): ProvenanceStatement | undefined =>
  statements.map(({ statement }) => statement).find((statement) => isStatementOf(statement, sha256));
