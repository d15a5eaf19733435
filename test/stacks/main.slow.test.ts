import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { environments } from "../../stacks/environments/index.ts";
import { cdktfNodeBinary, describeOnEachNode } from "../bundle/node-binaries.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
const [, ...program] = readPackage().scripts.synth!.split(" ");

function readPackage(): { scripts: Record<string, string> } {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

describe("main.ts", () => {
  const outdir = useTemporaryFolder();

  it("writes all stacks with the functions' archives, in at most 300 MB and without Terraform", async () => {
    // By a shell between: Linux counts what this process holds to the peak of one that it starts, but not to one started by that.
    const command = '"$0" "$@"; exit $?';
    const { stdout } = await run("/bin/sh", ["-c", command, process.execPath, ...program], {
      cwd: root,
      env: { ...process.env, CDKTF_OUTDIR: outdir(), PATH: "" },
    });
    const expected = Object.values(environments).flatMap(({ name, cdn, database }) =>
      [
        ...["foundation", "database", "service"],
        ...(cdn ? ["edge"] : []),
        ...(database.onlineArchive ? ["archive"] : []),
      ].map((stack) => `ecobeat-${name}-${stack}`),
    );
    expect(expected).to.include.members(["ecobeat-staging-service", "ecobeat-production-edge"]);
    const [, stacks, seconds, megabytes] = /^(\d+) stacks in .* \((\d+\.\d) s, (\d+) MB\)\n$/.exec(stdout) ?? [];
    expect(Number(stacks), stdout).to.equal(expected.length + 1);
    expect(Number(seconds), stdout).to.be.greaterThan(0);
    expect(Number(megabytes), stdout).to.be.lessThan(300);

    expect(await readdir(join(outdir(), "stacks"))).to.have.members([...expected, "ecobeat-hcp-terraform"]);
    const files = await readdir(join(outdir(), "stacks", "ecobeat-staging-service"), { recursive: true });
    // Each function has a copy: three of the service, and two each of accounts, backups and releases.
    expect(files.filter((file) => file.endsWith(".zip"))).to.have.length(9);
  });

  /** All that it writes. */
  async function synthesize(node: string): Promise<Map<string, string>> {
    const own = join(outdir(), "own");
    await run(node, program, { cwd: root, env: { ...process.env, CDKTF_OUTDIR: own } });
    const files = await readFiles(own);
    expect(files.size).to.be.greaterThan(20);
    return files;
  }

  /** What each synthesis must write: a first one tells. */
  let first: Promise<Map<string, string>> | undefined;
  const getExpected = () => {
    first ??= synthesize(process.execPath);
    return first;
  };

  describeOnEachNode((getNode) => {
    it("writes the same files", async () => {
      const expected = await getExpected();
      expect(await synthesize(getNode())).to.deep.equal(expected);
    });
  });

  it("writes the same files when the CDKTF CLI starts it", async () => {
    const cli = join(outdir(), "cli");
    await run(await cdktfNodeBinary(), ["node_modules/.bin/cdktf", "synth", `--output=${cli}`], {
      cwd: root,
      // It asks a program for the version of Terraform, writes into the home folder, and would send its use.
      env: { ...process.env, TERRAFORM_BINARY_NAME: "true", HOME: outdir(), CHECKPOINT_DISABLE: "1" },
    });
    expect(await readFiles(cli)).to.deep.equal(await getExpected());
  });

  it("prints a mistake alone, without a stack", async () => {
    const failure = await run(process.execPath, program, {
      cwd: root,
      env: { ...process.env, CDKTF_OUTDIR: outdir(), ECOBEAT_BACKEND: "floppy" },
    }).catch((error: unknown) => error);
    expect(failure).to.include({ code: 1, stdout: "" });
    expect(failure)
      .to.have.property("stderr")
      .that.matches(/^ECOBEAT_BACKEND is "floppy".* \[backend-unknown\]\n$/);
  });

  it("shows the lines of its sources in an error that it does not expect", async () => {
    const failure = await run(process.execPath, program, {
      cwd: root,
      env: { ...process.env, CDKTF_OUTDIR: join(root, "main.ts", "folder") },
    }).catch((error: unknown) => error);
    const lines = (await readFile(join(root, "main.ts"), "utf8")).split("\n");
    const line = lines.findIndex((each) => each.includes("new App(")) + 1;
    expect(failure).to.have.property("stderr").that.includes("ENOTDIR").and.includes(`main.ts:${line}:`);
  });
});

/** SHA-256 of all files below a folder, by path. */
async function readFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(
      relative(folder, path),
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
  }
  return files;
}

describe("files of the stacks", () => {
  it("have at most 300 lines", async () => {
    const files = (await readdir(join(root, "stacks"), { recursive: true }))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join("stacks", file));
    expect(files).to.have.length.greaterThan(50);
    const lines = async (file: string) => (await readFile(join(root, file), "utf8")).split("\n").length - 1;
    const tooLong: string[] = [];
    for (const file of ["main.ts", ...files]) if ((await lines(file)) > 300) tooLong.push(file);
    expect(tooLong).to.deep.equal([]);
  });
});
