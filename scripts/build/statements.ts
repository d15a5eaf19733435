import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { version as esbuildVersion } from "esbuild";
import { git } from "../git-mirror/git.ts";
import type { Architecture } from "./native-binary.ts";
import {
  buildType,
  localBuilder,
  lockfileName,
  type ProvenanceStatement,
  repository,
  toHex,
  toStatementPath,
} from "./provenance.ts";

/** A build of one or more archives. */
export interface Build {
  /** The commit of the checkout, which did not differ from it. */
  readonly commit: string;
  readonly architecture: Architecture;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/**
 * States from what an archive was built.
 * @param archive its path, and base64 of its SHA-256
 * @param lockfile contents of `package-lock.json` of the commit
 * @param variables of a job of GitHub Actions, or others. @default those of this process
 */
export function createStatement(
  archive: { readonly path: string; readonly sha256: string },
  { commit, architecture, startedAt, finishedAt }: Build,
  lockfile: Uint8Array | string,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): ProvenanceStatement {
  const {
    GITHUB_ACTIONS,
    GITHUB_SERVER_URL,
    GITHUB_WORKFLOW_REF,
    GITHUB_REPOSITORY,
    GITHUB_RUN_ID,
    GITHUB_RUN_ATTEMPT,
  } = variables;
  const isWorkflow = GITHUB_ACTIONS === "true";
  const invocationId = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT}`;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: basename(archive.path), digest: { sha256: toHex(archive.sha256) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { repository, architecture },
        resolvedDependencies: [
          { uri: `git+${repository}`, digest: { gitCommit: commit } },
          { name: lockfileName, digest: { sha256: createHash("sha256").update(lockfile).digest("hex") } },
        ],
      },
      runDetails: {
        builder: {
          id: isWorkflow ? `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}` : localBuilder,
          version: { node: process.versions.node, esbuild: esbuildVersion },
        },
        metadata: {
          ...(isWorkflow && { invocationId }),
          startedOn: startedAt.toISOString(),
          finishedOn: finishedAt.toISOString(),
        },
      },
    },
  };
}

/**
 * Builds archives of a checkout, and writes a statement next to each. If files differ from the commit, none can be made, and those of
 * an earlier build are removed.
 * @param root folder of the repository
 */
export async function buildWithStatements<Archive extends { readonly path: string; readonly sha256: string }>(
  root: string,
  architecture: Architecture,
  build: () => Promise<Archive[]>,
): Promise<{ archives: Archive[]; commit?: string; statements: ProvenanceStatement[] }> {
  const startedAt = new Date();
  const before = await findCommit(root);
  const archives = await build();
  const lockfile = await readFile(join(root, lockfileName));
  const commit = await findCommit(root);
  if (commit === undefined || commit !== before) {
    await Promise.all(archives.map(({ path }) => rm(toStatementPath(path), { force: true })));
    return { archives, statements: [] };
  }
  const made = { commit, architecture, startedAt, finishedAt: new Date() };
  const statements = await Promise.all(
    archives.map(async (archive) => {
      const statement = createStatement(archive, made, lockfile);
      await writeFile(toStatementPath(archive.path), `${JSON.stringify(statement, null, 2)}\n`);
      return statement;
    }),
  );
  return { archives, commit, statements };
}

/** The commit of a checkout; undefined if a file differs from it, or if git does not know the folder. */
async function findCommit(root: string): Promise<string | undefined> {
  try {
    if (await git(root, "status", "--porcelain")) return undefined;
    return (await git(root, "rev-parse", "HEAD")).trim();
  } catch {
    return undefined;
  }
}
