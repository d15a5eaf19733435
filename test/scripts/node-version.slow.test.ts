import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { nodeBinary, requestedVersions } from "../bundle/node-binaries.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const scripts: Record<string, string> = JSON.parse(readFileSync("package.json", "utf8")).scripts;

describe("An npm script", () => {
  const getFolder = useTemporaryFolder();

  /** Copies only what checks the version: a script that starts anything else fails in another way. */
  beforeEach(async () => {
    await mkdir(join(getFolder(), "scripts"));
    for (const file of ["package.json", "scripts/node-version.cjs", "scripts/run.cjs"]) {
      await cp(file, join(getFolder(), file));
    }
  });

  /** Installs a `node` that reports another version. */
  async function installNode(version: string): Promise<string> {
    const bin = join(getFolder(), version);
    await mkdir(bin);
    await writeFile(
      join(bin, "version.cjs"),
      `Object.defineProperty(process.versions, "node", { value: "${version}" });`,
    );
    const command = `exec "${process.execPath}" --require "${bin}/version.cjs" "$@"`;
    await writeFile(join(bin, "node"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return bin;
  }

  /** Runs it as npm does, or with npm itself. */
  function runScript(script: string, bin: string, command = ["sh", "-c", scripts[script]!]) {
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_OPTIONS: "" };
    const [program, ...args] = command;
    const { status, stdout, stderr } = spawnSync(program!, args, { cwd: getFolder(), env, encoding: "utf8" });
    // npm, too, warns of a version that it does not support.
    return { status, stdout, stderr: stderr.replace(/^npm warn .*\n/gm, "") };
  }
  const runWithNpm = (script: string, bin: string) => runScript(script, bin, ["npm", "run", "--silent", script]);

  const refuse = (version: string) => ({
    status: 1,
    stdout: "",
    stderr: `Node.js ${version} is too old: install 20.19 or later from https://nodejs.org/en/download.\n`,
  });

  it("refuses an old Node.js in one sentence, whichever script it is", async function () {
    this.timeout(120_000);
    const bin = await installNode("18.20.8");
    expect(scripts).to.include.all.keys("ops", "start", "test");
    for (const script of Object.keys(scripts)) {
      expect(runScript(script, bin), script).to.deep.equal(refuse("18.20.8"));
    }
    expect(runWithNpm("ops", bin)).to.deep.equal(refuse("18.20.8"));
  });

  for (const major of ["16", "18"]) {
    const title = `refuses the real Node.js ${major}`;
    if (!requestedVersions.has(major)) {
      it.skip(`${title} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`);
      continue;
    }
    it(title, async function () {
      this.timeout(300_000);
      const node = await nodeBinary(major);
      const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim().slice(1);
      expect(version).to.match(new RegExp(`^${major}\\.`));
      for (const script of Object.keys(scripts)) {
        expect(runWithNpm(script, dirname(node)), script).to.deep.equal(refuse(version));
      }
    });
  }

  it("compares versions by number", async () => {
    const check = (bin: string) => spawnSync(join(bin, "node"), ["scripts/node-version.cjs"], { cwd: getFolder() });
    for (const version of ["0.10.48", "9.11.2", "20.9.0", "20.18.3"]) {
      expect(check(await installNode(version)).status, version).to.equal(1);
    }
    for (const version of ["20.19.0", "20.100.0", "22.0.0", "100.1.0"]) {
      expect(check(await installNode(version)).status, version).to.equal(0);
    }
  });

  it("runs on a Node.js that is new enough", async () => {
    await symlink(join(process.cwd(), "node_modules"), join(getFolder(), "node_modules"));
    await writeFile(
      join(getFolder(), "scripts/ops.ts"),
      "const greeting: string = process.argv[1]!; console.log(greeting);",
    );
    expect(runWithNpm("ops", dirname(process.execPath))).to.deep.equal({
      status: 0,
      stdout: `${join(getFolder(), "scripts/ops.ts")}\n`,
      stderr: "",
    });
  });

  for (const major of ["22", "24"]) {
    const title = `runs the TypeScript of ops on Node.js ${major} without a compiler`;
    if (!requestedVersions.has(major)) {
      it.skip(`${title} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`);
      continue;
    }
    it(title, async function () {
      this.timeout(300_000);
      const modules = readdirSync("scripts", { recursive: true, encoding: "utf8" })
        .filter((file) => /\/commands\.ts$/.test(file))
        .flatMap((file) => {
          const imports = readFileSync(join("scripts", file), "utf8").matchAll(/\bimport\("(\.[^"]+)"\)/g);
          return [...imports].map(([, path]) => join(process.cwd(), "scripts", dirname(file), path!));
        });
      expect(modules).to.have.length.above(20);
      const script = [...modules.map((path) => `await import(${JSON.stringify(path)});`), "process.exit();"].join("\n");
      const { status, stderr } = spawnSync(await nodeBinary(major), ["--input-type=module", "--eval", script], {
        encoding: "utf8",
      });
      expect([status, stderr]).to.deep.equal([0, ""]);
    });
  }

  const title = "says on Node.js 24 that the CDKTF CLI does not start there";
  if (!requestedVersions.has("24")) it.skip(`${title} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`);
  else {
    it(title, async () => {
      const args = ["scripts/run.cjs", "scripts/ops.ts", "deploy", "--environment", "staging", "--yes"];
      const { status, stderr } = spawnSync(await nodeBinary("24"), args, { encoding: "utf8" });
      expect(stderr).to.match(/^Nothing was deployed\. .*Node\.js 24.*\[cdktf-without-terminal\]\n$/);
      expect(status).to.equal(1);
    });
  }
});
