import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../support/commands/run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..");

/** Replaces each of these texts, which the file must have. */
function replace(file: string, changes: Readonly<Record<string, string>>): void {
  let text = readFileSync(file, "utf8");
  for (const [before, after] of Object.entries(changes)) {
    expect(text, file).to.include(before);
    text = text.replaceAll(before, after);
  }
  writeFileSync(file, text);
}

/** A copy of the repository, as someone adapts it: with other names in one file, and one more file for an environment. */
describe("a copy of the repository with other names and a third environment", () => {
  const getFolder = useTemporaryFolder();
  const inFolder = (...path: string[]) => join(getFolder(), ...path);
  const runScript = async (script: string, ...args: string[]) => {
    const { code, stdout, stderr } = await run(process.execPath, ["scripts/run.cjs", script, ...args], {
      cwd: getFolder(),
      env: process.env,
    });
    expect(code, stderr).to.equal(0);
    return stdout;
  };

  beforeEach(() => {
    const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    for (const file of files.filter((each) =>
      /^(main|stacks|service|scripts|runbooks|package|tsconfig|\.github)/.test(each),
    )) {
      cpSync(join(root, file), inFolder(file));
    }
    mkdirSync(inFolder("docs"), { recursive: true });
    symlinkSync(join(root, "node_modules"), inFolder("node_modules"));
    replace(inFolder("service/company.ts"), { Ecobeat: "Acme", ecobeat: "acme", "acme.app": "acme.test" });
    cpSync(inFolder("stacks/environments/staging.ts"), inFolder("stacks/environments/qa.ts"));
    replace(inFolder("stacks/environments/qa.ts"), {
      staging: "qa",
      "111122223333": "777788889999",
      '"production"': '"staging"',
      "10.20.0.0": "10.30.0.0",
      // Only one environment can have them.
      "  previews: { maximum: 5, days: 7, reservedConcurrency: { auth: 2, api: 5 } },\n": "",
    });
  });

  it("synthesizes all stacks without the old names, and with those of the third environment", async () => {
    await runScript("main.ts");
    const stacks = readdirSync(inFolder("cdktf.out/stacks"));
    const names = ["foundation", "database", "service"];
    expect(stacks).to.include.members(["acme-hcp-terraform", ...names.map((name) => `acme-qa-${name}`)]);
    for (const stack of stacks) {
      const text = readFileSync(inFolder("cdktf.out/stacks", stack, "cdk.tf.json"), "utf8");
      // The names of environment variables are those of the code.
      const left = text.replaceAll("ECOBEAT_", "").match(/.{0,60}ecobeat.{0,60}/gi) ?? [];
      expect(left, stack).to.deep.equal([]);
    }
  });

  it("has workflows for it, and commands that take it", async () => {
    await runScript("scripts/workflows/command.ts");
    const read = (name: string) => readFileSync(inFolder(".github/workflows", `${name}.yml`), "utf8");
    expect(read("qa")).to.include("role/deploy/acme-qa-deploy-release-eu-west-1");
    expect(read("staging")).to.include("promote --from qa --yes").and.not.include("ecobeat");
    const ops = "scripts/ops.ts";
    expect(await runScript(ops, "env", "qa", "--skip-account-check")).to.include("API='https://api-qa.acme.test'");
    expect(await runScript(ops, "promote", "--help")).to.include('"qa"');
    expect(await runScript(ops, "cost", "--environment", "qa")).to.match(/^qa, US dollars a month/);
  });
});
