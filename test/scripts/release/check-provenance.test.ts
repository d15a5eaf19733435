import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { sbomFile } from "../../../scripts/build/sbom.ts";
import { git } from "../../../scripts/git-mirror/git.ts";
import type { ReleaseArchive } from "../../../scripts/release/archive.ts";
import { checkProvenance, type StatedArchive } from "../../../scripts/release/check-provenance.ts";
import { expectCode } from "../../support/errors.ts";
import { useSuiteFolder } from "../../support/temporary-folder.ts";
import { createArchive, createSbomOf, createStatedArchive, stateOrigin, toLogged } from "./stated-archive.ts";

const toLockfile = (version: string) =>
  JSON.stringify({
    packages: { "node_modules/one": { version, integrity: `sha512-${Buffer.alloc(64, version).toString("base64")}` } },
  });

describe("The check of an archive's provenance", () => {
  const folder = useSuiteFolder();
  const lockfile = toLockfile("1.0.0");
  let commit: string;
  let unmerged: string;
  let archive: StatedArchive;

  const commitFile = async (text: string) => {
    await writeFile(join(folder(), "package-lock.json"), text);
    await git(folder(), "add", ".");
    await git(folder(), "-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "one");
    return (await git(folder(), "rev-parse", "HEAD")).trim();
  };

  before(async () => {
    await git(folder(), "init", "--quiet", "--initial-branch=main");
    commit = await commitFile(lockfile);
    await git(folder(), "checkout", "--quiet", "-b", "feature");
    unmerged = await commitFile(`${lockfile}\n`);
    await git(folder(), "checkout", "--quiet", "main");
    await commitFile(toLockfile("2.0.0"));
    archive = createStatedArchive("service", commit, lockfile, "one");
  });

  /** Checks an archive without its statement, as one that was downloaded. */
  const check = (
    { bytes, sha256 }: ReleaseArchive,
    statements: readonly Pick<StatedArchive, "statement">[] = [archive],
    logged?: string,
  ) =>
    checkProvenance(
      folder(),
      { bytes, sha256 },
      {
        environment: "staging",
        name: "api and auth",
        statements: toLogged(...statements),
        ...(logged !== undefined && { commit: logged }),
      },
    );

  it("accepts what a commit of the history has built, and returns its origin", async () => {
    expect(await check(archive)).to.deep.equal(archive);
    expect(await check(archive, [archive], commit)).to.deep.equal(archive);
    // The same bytes can come from several commits.
    const other = createStatedArchive("service", "d".repeat(40), lockfile, "one");
    expect(await check(archive, [other, archive], commit)).to.deep.equal(archive);
  });

  it("refuses an archive without a statement, and says how to get one", async () => {
    const { message } = await expectCode("provenance-missing", () => check(archive, []));
    expect(message).to.contain("or for any archive").and.contain("npm run ops -- release --environment staging");
  });

  it("refuses other bytes than those of the statement", async () => {
    const tampered = createStatedArchive("tampered", commit, lockfile, "one");
    const { message } = await expectCode("provenance-missing", () => check(tampered));
    expect(message).to.contain(tampered.sha256).and.contain("its newest is of 2026-11-30T12:00:00.000Z");
  });

  it("refuses a statement whose commit is none", async () => {
    const stated = { statement: stateOrigin(archive, "--upload-pack=x", lockfile) };
    await expectCode("provenance-missing", () => check(archive, [stated]));
  });

  it("refuses a statement with another commit than the release log", async () => {
    const { message } = await expectCode("provenance-commit-differs", () => check(archive, [archive], unmerged));
    expect(message).to.contain(unmerged).and.contain(commit);
  });

  it("refuses a commit that was not merged, and one that the clone does not have", async () => {
    for (const foreign of [unmerged, "d".repeat(40)]) {
      const stated = createStatedArchive("service", foreign, `${lockfile}\n`, "one");
      const { message } = await expectCode("provenance-commit-unknown", () => check(stated, [stated]));
      expect(message).to.contain(foreign).and.contain("git fetch");
    }
  });

  it("refuses a statement with another lockfile than the commit's", async () => {
    const stated = createStatedArchive("service", commit, toLockfile("1.0.1"), "one");
    await expectCode("provenance-lockfile-differs", () => check(stated, [stated]));
  });

  it("refuses an archive without a bill of materials, or with one that is none", async () => {
    const bills = [
      undefined,
      "{",
      "{}",
      '{"bomFormat":"CycloneDX","components":[]}',
      '{"bomFormat":"CycloneDX","components":[{}]}',
    ];
    for (const bill of bills) {
      const bare = createArchive({ "index.js": "service", ...(bill !== undefined && { [sbomFile]: bill }) });
      const stated = { statement: stateOrigin(bare, commit, lockfile) };
      await expectCode("sbom-missing", () => check(bare, [stated]));
    }
  });

  it("refuses a bill with a package that the commit's lockfile does not have, or has with another checksum", async () => {
    const bill = createSbomOf("one", JSON.parse(lockfile));
    const [component] = bill.components;
    for (const [changed, fault] of [
      [{ purl: "pkg:npm/one@6.6.6" }, "the lockfile has pkg:npm/one@1.0.0"],
      [{ evidence: { occurrences: [{ location: "node_modules/evil" }] } }, "the lockfile has no such package"],
      [{ hashes: [{ alg: "SHA-512", content: "00" }] }, "its checksum differs"],
    ] as const) {
      const components = [{ ...component, ...changed }];
      const planted = createArchive({ "index.js": "x", [sbomFile]: JSON.stringify({ ...bill, components }) });
      const stated = { statement: stateOrigin(planted, commit, lockfile) };
      const { message } = await expectCode("sbom-not-locked", () => check(planted, [stated]));
      expect(message).to.contain(fault);
    }
  });
});
