import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { useTemporaryFolder } from "./support/temporary-folder.ts";

/** What a stub runs for the arguments it is called with; a final `*` is for all that begin so. */
type Stub = Readonly<Record<string, string>>;

type Programs = Readonly<Record<string, Stub>>;

/** The programs of a machine that has everything. */
const everything: Programs = {
  npm: {
    "run check": "echo checked",
    "test*": "echo '  ok'; echo '40 passed, 0 failed, 2 skipped'",
    "run test:slow*": "echo '30 passed, 0 failed, 0 skipped'",
    "run coverage": "echo '5 passed, 0 failed, 0 skipped'; echo 'File | 100 %'",
    "run test:infra -- --require": "echo '7 passed, 0 failed, 1 skipped'",
    "run test:compat": "echo '1 passed, 0 failed, 0 skipped'",
    "*": "",
  },
  node: { "-p *": "printf 'test/a.test.ts\\ntest/b/*.test.ts\\n'", "*": "" },
  python3: { "*": "" },
  aws: { "*": "echo aws-cli/1.45.11" },
  terraform: { "*": "" },
  chromium: { "*": "" },
  git: { "*": "" },
};

const services = {
  MONGODB_URI: "mongodb://127.0.0.1:1",
  REDIS_URL: "redis://127.0.0.1:1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
};

/** `everything`, except for these stubs. */
const change = (program: string, stub: Stub): Programs => ({
  ...everything,
  [program]: { ...stub, ...Object.fromEntries(Object.entries(everything[program]!).filter(([args]) => !stub[args])) },
});

/** What the script uses of every machine. */
const systemNames = [
  "bash",
  "dirname",
  "env",
  "grep",
  "mktemp",
  "nice",
  "sleep",
  "rm",
  "tail",
  "timeout",
  "ln",
  "tee",
  "tr",
  "cat",
  "touch",
];

const system = execFileSync("which", systemNames, { encoding: "utf8" }).trim().split("\n");

describe(".ci/run", () => {
  const folder = useTemporaryFolder();
  let running: ChildProcessWithoutNullStreams;
  const path = (...parts: string[]) => join(folder(), ...parts);

  /** Each call of a stub: the program, its arguments, and the services it sees. */
  const calls = (): string[] => readFileSync(path("calls"), "utf8").trim().split("\n");

  function writeProgram(file: string, ...lines: string[]): void {
    writeFileSync(file, ["#!/bin/bash", ...lines, ""].join("\n"));
    chmodSync(file, 0o755);
  }

  /** A script that starts services of other addresses than those of the environment. */
  function writeServices(...lines: string[]): string {
    const file = path("up");
    const variables = { ...services, AWS_ACCESS_KEY_ID: "emulated" };
    writeProgram(
      file,
      `echo up >> ${path("calls")}`,
      ...Object.entries(variables).map(([name, value]) => `echo export ${name}=${value.replace(":1", ":2")}`),
      ...lines,
    );
    return file;
  }

  beforeEach(() => {
    for (const name of ["project/.ci", "programs", "plugins/registry.terraform.io/hashicorp/aws/5.100.0"])
      mkdirSync(path(name), { recursive: true });
    copyFileSync(".ci/run", path("project/.ci/run"));
    mkdirSync(path("system"));
    for (const program of system) symlinkSync(program, path("system", basename(program)));
  });

  /** Runs the script on a machine with these programs. */
  async function run(programs: Programs = everything, variables: NodeJS.ProcessEnv = services, ...options: string[]) {
    for (const [name, outputs] of Object.entries(programs)) {
      const cases = Object.entries(outputs).map(
        ([args, command]) => `"${args.replace(/\*$/, "")}"${args.endsWith("*") ? "*" : ""}) ${command || ":"} ;;`,
      );
      writeProgram(
        path("programs", name),
        `echo "${name} $*; $MONGODB_URI $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID" >> ${path("calls")}`,
        'case "$*" in',
        ...cases,
        "esac",
      );
    }
    const env = {
      PATH: `${path("programs")}:${path("system")}`,
      TMPDIR: folder(),
      TF_PLUGIN_DIR: path("plugins"),
      SERVICES_UP: "",
      ...variables,
    };
    // In a process group of its own, as a terminal has it.
    running = spawn(path("project/.ci/run"), options, { env, detached: true });
    let [stdout, output] = ["", ""];
    running.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    running.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    const [code] = await once(running, "close");
    expect(output).not.to.contain("integer expression expected");
    const timed = stdout.slice(stdout.lastIndexOf("\n\n")).trim().split("\n");
    const closing = timed.filter((line) => !/^all in \d+ s$/.test(line)).map((line) => line.replace(/ \(\d+ s\)$/, ""));
    return { code, timed, closing, output };
  }

  const infra = "run test:infra -- --require";

  it("lists what passed, and sums up the tests in its last line", async () => {
    const { code, closing, output } = await run();
    expect(closing, output).to.deep.equal([
      ...["passed   packages", "passed   check", "passed   check:api", "passed   test"],
      ...["passed   test:slow", "passed   synth", "passed   coverage", "passed   test:infra"],
      ...["passed   test:compat", "83 passed, 0 failed"],
    ]);
    expect(code).to.equal(0);
  });

  it("tells how long each step and all of them took", async () => {
    const slow = change("npm", { "run check": "sleep 1.1" });
    const { timed } = await run(slow, { SERVICES_UP: writeServices("sleep 2.1") });
    expect(timed.slice(0, -2).map((line) => line.replace(/\(\d+ s\)/, "(s)"))).to.deep.equal(
      [
        "packages",
        "check",
        "check:api",
        "services",
        "test",
        "test:slow",
        "synth",
        "coverage",
        "test:infra",
        "test:compat",
      ].map((step) => `passed   ${step} (s)`),
    );
    const seconds = timed.slice(0, -1).map((line) => Number(/(\d+) s\)?$/.exec(line)![1]));
    expect(seconds[1]).to.be.at.least(1);
    expect(seconds[3]).to.be.at.least(2);
    expect(seconds.at(-1)).to.be.at.least(seconds[3]!);
  });

  it("installs packages without their scripts", async () => {
    await run();
    expect(calls().filter((call) => /^npm (ci|install)/.test(call))).to.have.lengthOf(1);
    expect(calls().find((call) => call.startsWith("npm "))).to.match(/^npm ci --ignore-scripts;/);
  });

  it("begins with nothing on a Node.js that is too old", async () => {
    const { code, output } = await run({ ...everything, node: { "scripts/node-version.cjs": "echo too old; exit 1" } });
    expect(output).to.equal("too old\n");
    expect(code).to.equal(1);
  });

  for (const [what, command, args, outcome, last] of [
    ["a check", "exit 1", "run check", "failed   check", "83 passed, 1 failed"],
    ["the check of the API", "exit 1", "run check:api", "failed   check:api", "83 passed, 1 failed"],
    ["two tests", "echo '38 passed, 2 failed, 0 skipped'; exit 2", "test*", "failed   test", "81 passed, 2 failed"],
    [
      "no test, but a branch",
      "echo '5 passed, 0 failed'; exit 1",
      "run coverage",
      "failed   coverage",
      "83 passed, 1 failed",
    ],
    ["mocha itself", "echo crashed; exit 1", "test*", "failed   test", "43 passed, 1 failed"],
    [
      "a slow test",
      "echo '29 passed, 1 failed'; exit 1",
      "run test:slow*",
      "failed   test:slow",
      "82 passed, 1 failed",
    ],
    ["synthesis", "exit 1", "run synth", "failed   synth", "83 passed, 1 failed"],
  ] as const) {
    it(`fails if ${what} fails, and runs the other steps`, async () => {
      const { code, closing, output } = await run(change("npm", { [args]: command }));
      expect(
        closing.filter((line) => !line.startsWith("passed ")),
        output,
      ).to.deep.equal([outcome, last]);
      expect(closing).to.include("passed   test:infra");
      expect(code).to.equal(1);
    });
  }

  it("names the failed tests at the end, where no one has to look for them", async () => {
    const output = "echo 'failed: A list: expected 2 to equal 3'; echo '39 passed, 1 failed, 0 skipped'; exit 1";
    const { closing } = await run(change("npm", { "test*": output }));
    expect(closing.slice(closing.indexOf("failed   test")).slice(0, 3)).to.deep.equal([
      "failed   test",
      "         A list: expected 2 to equal 3",
      "passed   test:slow",
    ]);
  });

  it("runs the tests of the coverage only there", async () => {
    await run();
    const tests = () => calls().filter((call) => /^npm (test|run test:slow) /.test(call));
    const ignored = "--ignore=test/a.test.ts --ignore=test/b/*.test.ts";
    expect(tests().map((call) => call.split(";")[0])).to.deep.equal([
      `npm test -- ${ignored}`,
      `npm run test:slow -- ${ignored}`,
    ]);
    const { REDIS_URL: _, ...rest } = services;
    await run(everything, rest);
    expect(
      tests()
        .slice(2)
        .map((call) => call.split(";")[0]),
    ).to.deep.equal(["npm test --", "npm run test:slow --"]);
  });

  it("runs the tests on Node.js 24, and those of the oldest on the Node.js at hand", async () => {
    const print = 'echo "$*: ${PATH%%:*}"; echo "1 passed, 0 failed"';
    const steps = ["test --", "run test:slow", "run coverage", "run test:compat"];
    const npm = change("npm", Object.fromEntries(["test*", "run test:slow*", ...steps].map((args) => [args, print])));
    const there = { "--import tsx --input-type=module *": `echo ${path("node24/bin/node")}` };
    for (const [node, folder] of [
      [there, path("node24/bin")],
      [{ "--import tsx --input-type=module *": "exit 1" }, path("programs")],
    ] as const) {
      const { output, closing } = await run({ ...npm, ...change("node", node), npm: npm.npm! });
      for (const step of steps) expect(output).to.match(new RegExp(`^${step}.*: ${folder}$`, "m"));
      const isElsewhere = folder !== path("programs");
      expect(closing.includes("passed   test:oldest")).to.equal(isElsewhere);
      const [, files] = new RegExp(`^test -- (test/service/local/.*): ${path("programs")}$`, "m").exec(output) ?? [];
      expect(files !== undefined).to.equal(isElsewhere);
      for (const file of files?.split(" ") ?? [])
        expect(existsSync(file.replace(/\/!?[(*].*/, "")), file).to.equal(true);
    }
  });

  const waitFor = (name: string) => `until [ -e ${path(name)} ]; do sleep 0.05; done`;

  it("runs the infrastructure test next to the others", async () => {
    const { closing } = await run(
      change("npm", {
        "test*": `touch ${path("tests")}; ${waitFor("infra")}; echo '40 passed, 0 failed, 0 skipped'`,
        [infra]: `touch ${path("infra")}; ${waitFor("tests")}; echo '7 passed, 0 failed, 0 skipped'`,
      }),
    );
    expect(closing.at(-1)).to.equal("83 passed, 0 failed");
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`lets an infrastructure test that ${signal} interrupts destroy what it applied`, async () => {
      const ended = run(
        change("npm", {
          "test*": `> ${path("tests")}; exec sleep 600`,
          [infra]: `trap 'sleep 0.2; touch ${path("destroyed")}; exit 1' TERM; > ${path("infra")}; while sleep 0.05; do :; done`,
        }),
      );
      for (const name of ["tests", "infra"]) while (!existsSync(path(name))) await delay(20);
      process.kill(-running.pid!, signal);
      expect(await ended).to.include({ code: 130 });
      expect(existsSync(path("destroyed"))).to.equal(true);
    });
  }

  it("stops without packages", async () => {
    const { code, closing } = await run(change("npm", { "ci --ignore-scripts": "exit 1" }));
    expect(closing).to.deep.equal(["failed   packages", "0 passed, 1 failed"]);
    expect(code).to.equal(1);
  });

  const { chromium: _chromium, ...withoutChromium } = everything;
  const noChromium = "there is no chromium or google-chrome on the PATH: apt-get install chromium";
  const { terraform: _, ...withoutTerraform } = everything;
  const noTerraform = "there is no terraform on the PATH";
  const noProvider = "TF_PLUGIN_DIR is not set, and the AWS provider could not be downloaded";
  const noAwsCli = "the AWS CLI on the PATH is not version 1: pip install -r .ci/requirements.txt";
  const noCompat = "test:compat: MONGODB_URI, REDIS_URL or AWS_ENDPOINT_URL is not set";
  const noCommit = "commit 0123456 is not in this clone";
  for (const [what, programs, variables, steps] of [
    ["Terraform", withoutTerraform, {}, [`test with Terraform: ${noTerraform}`, `test:infra: ${noTerraform}`]],
    [
      "the provider",
      change("node", { "scripts/node-version.cjs": "", "*": "exit 1" }),
      { TF_PLUGIN_DIR: "" },
      [`test with Terraform: ${noProvider}`, `test:infra: ${noProvider}`],
    ],
    [
      "the provider in TF_PLUGIN_DIR",
      everything,
      { TF_PLUGIN_DIR: "/nowhere" },
      ["test with Terraform: TF_PLUGIN_DIR has no hashicorp/aws", "test:infra: TF_PLUGIN_DIR has no hashicorp/aws"],
    ],
    [
      "the commit where it left origin/main",
      change("git", { "merge-base*": "exit 1" }),
      {},
      ["check:api: this clone does not have the commit where it left origin/main: git fetch --unshallow origin main"],
    ],
    ["the AWS CLI", change("python3", { "*": "exit 1" }), {}, [`test of the commands in the runbooks: ${noAwsCli}`]],
    [
      "version 1 of the AWS CLI",
      change("aws", { "*": "echo aws-cli/2.31.0" }),
      {},
      [`test of the commands in the runbooks: ${noAwsCli}`],
    ],
    ["a browser", withoutChromium, {}, [`test of /docs in a browser: ${noChromium}`]],
    [
      "a browser, and without the right to install it",
      { ...withoutChromium, "apt-get": { "*": "exit 100" } },
      {},
      [`test of /docs in a browser: ${noChromium}`],
    ],
    ["MongoDB", everything, { MONGODB_URI: "" }, ["test on MongoDB: MONGODB_URI is not set", noCompat]],
    [
      "Redis",
      everything,
      { REDIS_URL: "" },
      ["test on Redis: REDIS_URL is not set", "coverage: REDIS_URL or AWS_ENDPOINT_URL is not set", noCompat],
    ],
    [
      "an emulator of AWS",
      everything,
      { AWS_ENDPOINT_URL: "" },
      [
        "test on an emulator of AWS: AWS_ENDPOINT_URL is not set",
        "coverage: REDIS_URL or AWS_ENDPOINT_URL is not set",
        noCompat,
      ],
    ],
    [
      "an earlier version",
      change("npm", { "run test:compat": `echo 'not run: ${noCommit}'; echo '0 passed, 0 failed, 1 skipped'` }),
      {},
      [`test:compat: ${noCommit}`],
    ],
  ] as const) {
    it(`lists what does not run without ${what}, and fails only with --require`, async () => {
      const lenient = await run(programs, { ...services, ...variables });
      expect(lenient.closing.slice(0, -1).filter((line) => !line.startsWith("passed "))).to.deep.equal(
        steps.map((step) => `not run  ${step}`),
      );
      expect(lenient.closing.at(-1)).to.match(/^\d+ passed, 0 failed$/);
      expect(lenient.code).to.equal(0);
      const strict = await run(programs, { ...services, ...variables }, "--require");
      expect(strict.closing.slice(0, -1).filter((line) => !line.startsWith("passed "))).to.deep.equal(
        steps.map((step) => `failed   ${step}`),
      );
      expect(strict.closing.at(-1)).to.match(new RegExp(`^\\d+ passed, ${steps.length} failed$`));
      expect(strict.code).to.equal(1);
    });
  }

  it("passes with --require where nothing is missing", async () => {
    const { code, closing } = await run(everything, services, "--require");
    expect(closing.at(-1)).to.equal("83 passed, 0 failed");
    expect(code).to.equal(0);
  });

  it("downloads the provider where TF_PLUGIN_DIR is not set", async () => {
    const { closing } = await run(everything, { ...services, TF_PLUGIN_DIR: "" });
    expect(closing).to.include("passed   test:infra");
    const folder = path("project/.cache/terraform");
    expect(calls().filter((call) => call.startsWith("node "))[1]).to.include(`download-provider.ts ${folder};`);
  });

  it("installs Chromium next to the packages, and names it to the tests", async () => {
    const { closing, output } = await run({
      ...withoutChromium,
      npm: {
        "ci --ignore-scripts": waitFor("updating"),
        ...everything.npm,
        "test*": "echo \"browser: $CHROMIUM\"; echo '40 passed, 0 failed, 0 skipped'",
      },
      "apt-get": {
        "-qq update": `touch ${path("updating")}`,
        "-qq install --yes --no-install-recommends chromium": `ln -s ${path("programs/terraform")} ${path("programs/chromium")}`,
        "*": "",
      },
    });
    expect(closing.at(-1), output).to.equal("83 passed, 0 failed");
    expect(output).to.include(`browser: ${path("programs/chromium")}`);
  });

  it("uses Chrome, or the browser that CHROMIUM names", async () => {
    const test = { "test*": "echo \"browser: $CHROMIUM\"; echo '40 passed, 0 failed, 0 skipped'" };
    const { chromium: _, ...others } = change("npm", test);
    const chrome = await run({ ...others, "google-chrome": {} });
    expect(chrome.output).to.include(`browser: ${path("programs/google-chrome")}`);
    const named = await run({ ...others, other: {} }, { ...services, CHROMIUM: path("programs/other") });
    expect(named.output).to.include(`browser: ${path("programs/other")}`);
  });

  it("refuses an option that it does not know", async () => {
    const { code, output } = await run(everything, services, "--requier");
    expect(code).to.equal(2);
    expect(output).to.equal("--requier is not an option. Usage: .ci/run [--require]\n");
  });

  describe("services", () => {
    it("start next to the installation of the packages and the check, and the tests wait for them", async () => {
      const { closing, output } = await run(
        change("npm", {
          "ci --ignore-scripts": waitFor("starting"),
          "run check": `touch ${path("checked")}`,
          "test*": `[ -e ${path("started")} ] && echo '40 passed, 0 failed'`,
        }),
        { SERVICES_UP: writeServices(`touch ${path("starting")}`, waitFor("checked"), `touch ${path("started")}`) },
      );
      expect(closing.at(-1), output).to.equal("83 passed, 0 failed");
    });

    it("are there before a browser is installed: both use the same package manager", async () => {
      await run(
        { ...withoutChromium, "apt-get": { "*": `[ -e ${path("started")} ] && echo after >> ${path("order")}` } },
        { SERVICES_UP: writeServices("sleep 0.3", `touch ${path("started")}`) },
      );
      expect(calls().findIndex((call) => call.startsWith("apt-get "))).to.be.above(calls().indexOf("up"));
      expect(readFileSync(path("order"), "utf8")).to.match(/^(after\n)+$/);
    });

    it("that are still starting end with a run that has no packages", async () => {
      const { closing } = await run(change("npm", { "ci --ignore-scripts": `${waitFor("starting")}; exit 1` }), {
        SERVICES_UP: writeServices(`touch ${path("starting")}`, "exec sleep 600"),
      });
      expect(closing).to.deep.equal(["failed   packages", "0 passed, 1 failed"]);
    });

    it("come from the environment, and the script stays unused", async () => {
      await run(everything, { ...services, SERVICES_UP: writeServices() });
      expect(calls()).to.not.include("up");
      expect(calls().at(-1)).to.include("mongodb://127.0.0.1:1 http://127.0.0.1:1");
    });

    it("come from the script that SERVICES_UP names", async () => {
      const { closing } = await run(everything, { SERVICES_UP: writeServices() });
      expect(closing).to.include("passed   services");
      expect(calls().at(-1)).to.include("mongodb://127.0.0.1:2 http://127.0.0.1:2 emulated");
    });

    it("come from the script next to the project by default", async () => {
      mkdirSync(path("shared/lab"), { recursive: true });
      symlinkSync(writeServices(), path("shared/lab/up"));
      await run(everything, { SERVICES_UP: undefined });
      expect(calls().at(-1)).to.include("mongodb://127.0.0.1:2");
    });

    it("come from the script only where the environment has none", async () => {
      await run(everything, { MONGODB_URI: services.MONGODB_URI, SERVICES_UP: writeServices() });
      expect(calls().at(-1)).to.include("mongodb://127.0.0.1:1 http://127.0.0.1:2");
    });

    it("of the script get no credentials of an account", async () => {
      await run(everything, { AWS_ACCESS_KEY_ID: "real", SERVICES_UP: writeServices() });
      expect(calls().at(-1)).to.include("http://127.0.0.1:2 emulated");
      await run(everything, { ...services, REDIS_URL: "", AWS_ACCESS_KEY_ID: "own", SERVICES_UP: writeServices() });
      expect(calls().at(-1)).to.include("http://127.0.0.1:1 own");
    });

    it("fail the run if the script does, or if SERVICES_UP names none", async () => {
      for (const script of [writeServices("exit 1"), "/nowhere/up"]) {
        const { code, closing } = await run(everything, { SERVICES_UP: script });
        expect(closing).to.include("failed   services");
        expect(code).to.equal(1);
      }
    });
  });
});
