import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { selectStacks, toCdktfArguments } from "../../../scripts/deploy/deploy.ts";
import type { Stack } from "../../../scripts/terraform/synthesis.ts";
import { production } from "../../../stacks/environments/production.ts";
import { cdktfNodeBinary } from "../../bundle/node-binaries.ts";
import { createCdktfTool, synthesizeAll } from "../../support/commands/cdktf.ts";
import { expectCode } from "../../support/errors.ts";
import { synthesizeInto } from "../../support/synthesize.ts";
import { setVariables } from "../../support/variables.ts";
import { type Behaviours, fakeTerraform } from "../infra-test/fake-terraform.ts";
import { opsProcess } from "../run-ops.ts";

describe("stacks of a deployment", () => {
  let stacks: Stack[];
  before(async () => {
    stacks = await synthesizeAll();
  });

  const select = (environment: "staging" | "production", ...names: string[]) =>
    selectStacks(stacks, { environment, stacks: names }).map(({ name }) => name);

  it("are those of the environment that need no name, each after its dependencies", () => {
    expect(select("staging")).to.deep.equal([
      "ecobeat-staging-foundation",
      "ecobeat-staging-database",
      "ecobeat-staging-service",
    ]);
    expect(select("production")).to.deep.equal([
      "ecobeat-production-foundation",
      "ecobeat-production-database",
      "ecobeat-production-service",
      "ecobeat-production-edge",
    ]);
  });

  it("are exactly the named ones, in the same order", () => {
    expect(select("production", "archive")).to.deep.equal(["ecobeat-production-archive"]);
    expect(select("production", "edge", "ecobeat-production-database", "edge")).to.deep.equal([
      "ecobeat-production-database",
      "ecobeat-production-edge",
    ]);
  });

  it("are those of all environments by their name alone", () => {
    const [shared, own] = [{ name: "ecobeat-hcp-terraform" }, { name: "ecobeat-staging-service" }];
    const selectFrom = (...names: string[]) => selectStacks([shared, own], { environment: "staging", stacks: names });
    expect(selectFrom()).to.deep.equal([own]);
    expect(selectFrom("hcp-terraform")).to.deep.equal([shared]);
  });

  for (const name of [
    "servic",
    "ecobeat-staging-fundation",
    "edge",
    "ecobeat-production-service",
    "ecobeat-staging-*",
  ]) {
    it(`are not ${name}, and the error names those of the environment`, async () => {
      const { message } = await expectCode("stack-not-in-environment", () => select("staging", name));
      expect(message).to.contain(`staging has no stack ${name}. Its stacks are `);
    });
  }

  it("are suggested for the nearest name", async () => {
    const { message } = await expectCode("stack-not-in-environment", () => select("staging", "servce"));
    expect(message).to.contain("(Did you mean service?)");
  });

  it("are accepted by CDKTF, one after another, in any selection", async () => {
    const cdktf = createCdktfTool(stacks);
    const own = stacks.filter(({ name }) => name.startsWith("ecobeat-production-"));
    for (let selection = 1; selection < 2 ** own.length; selection++) {
      const selected = own.filter((_, index) => (selection >> index) % 2 === 1);
      const args = toCdktfArguments(selected);
      expect(args).to.include("--parallelism=1");
      expect(await cdktf({ args, cwd: "" }), args.join(" ")).to.include({ code: 0 });
      const flag = "--ignore-missing-stack-dependencies";
      const { code } = await cdktf({ args: args.filter((word) => word !== flag), cwd: "" });
      expect(args.includes(flag), args.join(" ")).to.equal(code !== 0);
    }
  });
});

/** What `terraform output -json` prints. */
const outputs = Object.fromEntries(
  ["database", "service", "edge"].map((name) => [`ecobeat-production-${name} output`, { output: "{}" }]),
);

describe("ops deploy", () => {
  let folder: string;
  let variables: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ecobeat-deploy-"));
    variables = { HOME: folder, CDKTF_OUTDIR: join(folder, "out"), TF_TOKEN_app_terraform_io: "" };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const staging = ["deploy", "--environment", "staging"];

  for (const [what, args, message] of [
    ["without a terminal and without --yes", staging, "[approval-without-terminal]"],
    ["without a login to HCP Terraform", [...staging, "--yes"], "[hcp-terraform-token-missing]"],
    ["of an unknown environment", ["deploy", "--environment", "stagin"], "Allowed choices are production, staging."],
    ["of no environment", ["deploy"], "'--environment <name>' not specified"],
  ] as const) {
    it(`is refused ${what}`, async () => {
      const { code, output } = await opsProcess([...args], variables, undefined, await cdktfNodeBinary());
      expect(code).to.equal(1);
      expect(output).to.contain(message);
    });
  }

  it("is refused with wrong types, which synthesis does not check", async () => {
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { types: [] } }));
    writeFileSync(join(folder, "stack.ts"), "export const name: string = 1;");
    const { code, output } = await opsProcess(
      [...staging, "--yes"],
      { ...variables, ECOBEAT_BACKEND: "local" },
      folder,
      await cdktfNodeBinary(),
    );
    expect(code).to.equal(1);
    expect(output).to.contain("[type-check-failed]").and.contain("stack.ts(1,14): error TS2322");
  });

  it("prints in a dry run the stacks and the command line, without a login", async () => {
    const { code, output } = await opsProcess([...staging, "--dry-run", "service", "foundation"], variables);
    expect({ code, output }).to.deep.equal({
      code: 0,
      output:
        "ecobeat-staging-foundation\necobeat-staging-service\n\nnpx cdktf deploy ecobeat-staging-foundation " +
        `ecobeat-staging-service --skip-synth --parallelism=1 --output=${variables.CDKTF_OUTDIR}\n`,
    });
  });

  it("deploys each stack after its dependencies, without a login where the state is local", async () => {
    const { path, calls } = fakeTerraform(folder, outputs);
    const { code, output } = await opsProcess(
      ["deploy", "--environment", "production", "--yes", "edge", "database", "service"],
      { ...variables, ECOBEAT_BACKEND: "local", PATH: `${path}:${process.env.PATH}` },
      undefined,
      await cdktfNodeBinary(),
    );
    expect(code, output).to.equal(0);
    expect(calls().filter((call) => call.endsWith(" apply"))).to.deep.equal([
      "ecobeat-production-database apply",
      "ecobeat-production-service apply",
      "ecobeat-production-edge apply",
    ]);
  });
});

describe("CDKTF in a deployment", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ecobeat-deploy-"));
    const restore = setVariables({ ECOBEAT_BACKEND: "local" });
    synthesizeInto(folder, [production]);
    restore();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Deploys two stacks with a fake Terraform. */
  async function start(behaviours: Behaviours) {
    const { path, calls } = fakeTerraform(folder, { ...outputs, ...behaviours });
    const args = [
      "deploy",
      "ecobeat-production-service",
      "ecobeat-production-edge",
      "--skip-synth",
      "--parallelism=1",
      "--ignore-missing-stack-dependencies",
      `--output=${join(folder, "cdktf.out")}`,
      "--auto-approve",
    ];
    const script = `
      import { runCommand } from "./scripts/cli/run-command.ts";
      import { runCdktf } from "./scripts/deploy/deploy.ts";
      await runCommand(async () => { process.exitCode = await runCdktf(${JSON.stringify(args)}); });`;
    const child = spawn(await cdktfNodeBinary(), ["--import", "tsx", "--input-type=module", "--eval", script], {
      env: { ...process.env, HOME: folder, PATH: `${path}:${process.env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
      ([[code], stdout, stderr]) => ({ code, output: stdout + stderr }),
    );
    return { child, ended, applied: () => calls().filter((call) => call.endsWith(" apply")) };
  }

  it("ends after the first stack that fails, and its exit status is returned", async () => {
    const { ended, applied } = await start({ "ecobeat-production-service apply": { exitCode: 1 } });
    const { code, output } = await ended;
    expect(code, output).to.equal(1);
    expect(applied()).to.deep.equal(["ecobeat-production-service apply"]);
  });

  it("gets Ctrl-C", async () => {
    const { child, ended, applied } = await start({ "ecobeat-production-service apply": { untilInterrupted: true } });
    while (applied().length === 0 && child.exitCode === null) await setTimeout(100);
    child.kill("SIGINT");
    const { code, output } = await ended;
    expect(code).to.equal(130);
    expect(output).to.contain("Interrupted by SIGINT. ").and.contain("[interrupted]");
    expect(applied()).to.deep.equal(["ecobeat-production-service apply"]);
  });
});
