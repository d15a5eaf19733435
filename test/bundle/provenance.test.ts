import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  buildType,
  getStatedCommit,
  getStatedLockfile,
  isStatementOf,
  localBuilder,
  readStatement,
} from "../../scripts/build/provenance.ts";
import { buildWithStatements, createStatement } from "../../scripts/build/statements.ts";
import { git } from "../../scripts/git-mirror/git.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const archive = { path: "/somewhere/dist/lambda-arm64.zip", sha256: Buffer.alloc(32, 1).toString("base64") };
const commit = "c".repeat(40);
const build = {
  commit,
  architecture: "arm64",
  startedAt: new Date("2026-11-30T12:00:00Z"),
  finishedAt: new Date("2026-11-30T12:00:09Z"),
} as const;

describe("A statement of provenance", () => {
  it("names the archive's bytes, the commit, the lockfile and what built it", () => {
    const statement = createStatement(archive, build, "{}", {});
    expect(statement).to.deep.include({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "lambda-arm64.zip", digest: { sha256: "01".repeat(32) } }],
      predicateType: "https://slsa.dev/provenance/v1",
    });
    const { buildDefinition, runDetails } = statement.predicate;
    expect(buildDefinition.buildType).to.equal(buildType);
    expect(buildDefinition.externalParameters).to.deep.equal({
      repository: "https://github.com/ecobeat/platform",
      architecture: "arm64",
    });
    expect(runDetails.builder.id).to.equal(localBuilder);
    expect(runDetails.builder.version).to.include({ node: process.versions.node }).and.have.property("esbuild");
    expect(runDetails.metadata).to.deep.equal({
      startedOn: "2026-11-30T12:00:00.000Z",
      finishedOn: "2026-11-30T12:00:09.000Z",
    });
    expect(getStatedCommit(statement)).to.equal(commit);
    // Of the two characters `{}`.
    expect(getStatedLockfile(statement)).to.equal("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(isStatementOf(statement, archive.sha256)).to.equal(true);
    expect(isStatementOf(statement, Buffer.alloc(32, 2).toString("base64"))).to.equal(false);
  });

  it("names the workflow and its run", () => {
    const { runDetails } = createStatement(archive, build, "{}", {
      GITHUB_ACTIONS: "true",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "ecobeat/platform",
      GITHUB_WORKFLOW_REF: "ecobeat/platform/.github/workflows/staging.yml@refs/heads/staging",
      GITHUB_RUN_ID: "42",
      GITHUB_RUN_ATTEMPT: "2",
    }).predicate;
    expect(runDetails.builder.id).to.equal(
      "https://github.com/ecobeat/platform/.github/workflows/staging.yml@refs/heads/staging",
    );
    expect(runDetails.metadata.invocationId).to.equal("https://github.com/ecobeat/platform/actions/runs/42/attempts/2");
  });

  it("refers to sections that exist", async () => {
    const page = await readFile("docs/supply-chain.md", "utf8");
    expect([buildType, localBuilder].map((url) => url.split("#")[1])).to.deep.equal(["build-type", "local-builds"]);
    expect(page).to.contain("\n## Build type\n").and.contain("\n## Local builds\n");
  });

  describe("next to an archive", () => {
    const folder = useTemporaryFolder();
    const path = () => join(folder(), "dist.zip");
    const commitAll = () =>
      git(folder(), "-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "one", "--allow-empty");
    const buildIn = (meanwhile = async () => "") =>
      buildWithStatements(folder(), "arm64", async () => {
        await writeFile(path(), "ZIP");
        await meanwhile();
        return [{ ...archive, path: path() }];
      });

    it("is written for a commit, and removed if a file differs from the commit", async () => {
      await writeFile(join(folder(), "package-lock.json"), "{}");
      await writeFile(join(folder(), ".gitignore"), "dist*\n");
      expect(await buildIn()).to.not.have.property("commit");
      await git(folder(), "init", "--quiet");
      await git(folder(), "add", ".");
      await commitAll();
      const head = (await git(folder(), "rev-parse", "HEAD")).trim();
      const { statements, commit: built } = await buildIn();
      expect(built).to.equal(head);
      expect(getStatedCommit(statements[0]!)).to.equal(head);
      expect(await readStatement(path())).to.deep.equal(statements[0]);
      expect((await buildIn(commitAll)).statements, "another commit meanwhile").to.deep.equal([]);

      await writeFile(join(folder(), "package-lock.json"), "{ }");
      expect((await buildIn()).statements).to.deep.equal([]);
      expect(await readStatement(path())).to.equal(undefined);
      expect(existsSync(path())).to.equal(true);
    });
  });
});
