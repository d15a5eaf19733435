import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { type Check, type Finding, runCheck, type State } from "../../../scripts/doctor/check.ts";
import { checks, createContext, formatFindings, getExitStatus } from "../../../scripts/doctor/doctor.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { ops } from "../run-ops.ts";

const context = createContext({ environment: staging, variables: {}, stacks: [] });
const check = (run: Check["run"]): Check => ({ name: "disk", wanted: "space", run });
const error = new OperatorError("disk-away", { what: "No disk.", why: "It is away.", action: "Plug it in." });

describe("a check of the doctor", () => {
  it("names its findings after itself and their subjects", async () => {
    const run = async () => [
      { subject: "a", state: "ok", found: "1 GB" } as const,
      { subject: "b", state: "wrong", found: "0 GB", wanted: "2 GB", action: "Delete something." } as const,
    ];
    expect(await runCheck(check(run), context)).to.deep.equal([
      { check: "disk: a", state: "ok", found: "1 GB", wanted: "space" },
      { check: "disk: b", state: "wrong", found: "0 GB", wanted: "2 GB", action: "Delete something." },
    ]);
  });

  for (const [what, thrown, found, action] of [
    ["an error for operators", error, "No disk. It is away.", "Plug it in."],
    ["an error of Node.js", new Error("no route"), "no route", "Check your network connection, and run this again."],
    [
      "a failed request",
      new TypeError("fetch failed", { cause: new Error("refused") }),
      "refused",
      "Check your network",
    ],
    ["an error with a secret", new Error("https://u:secret@h/ failed"), "failed", "Check"],
  ] as const) {
    it(`is unknown after ${what}`, async () => {
      const [finding] = await runCheck(
        check(() => Promise.reject(thrown)),
        context,
      );
      expect(finding).to.include({ check: "disk", state: "unknown" });
      expect(finding!.found).to.contain(found).and.not.contain("secret");
      expect(finding!.action).to.contain(action);
    });
  }

  it("is unknown if its function throws at once", async () => {
    const run = () => {
      throw error;
    };
    expect((await runCheck(check(run), context))[0]).to.include({ state: "unknown" });
  });

  it("is no success if there is nothing to check", async () => {
    expect(
      await runCheck(
        check(async () => []),
        context,
      ),
    ).to.have.length(1);
    const [finding] = await runCheck(
      check(async () => []),
      context,
    );
    expect(finding).to.include({ state: "unknown", found: "nothing to check was found in the stacks" });
  });

  it("leaves no timer", async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    // Mocha has started its own.
    await setImmediate();
    const before = countTimers();
    await runCheck(
      check(async () => []),
      context,
    );
    expect(countTimers()).to.equal(before);
  });

  it("ends after its time limit, and aborts what it waits for", async () => {
    let signal: AbortSignal | undefined;
    const run = (_: unknown, given: AbortSignal) => {
      signal = given;
      return new Promise<never>(() => {});
    };
    const [finding] = await runCheck(check(run), context, 20);
    expect(finding).to.include({ state: "unknown", found: "No result within 0.02 s. A service does not respond." });
    expect(signal!.aborted).to.equal(true);
  });
});

describe("the findings of the doctor", () => {
  const finding = (state: State, more: Partial<Finding> = {}): Finding => ({
    check: "disk",
    state,
    found: "1 GB",
    wanted: "2 GB",
    ...more,
  });

  for (const [states, status] of [
    [["ok", "not yet"], 0],
    [["ok", "unknown", "not yet"], 2],
    [["unknown", "wrong", "ok"], 1],
  ] as const) {
    it(`${states.join(", ")} lead to the exit status ${status}`, () => {
      expect(getExitStatus(states.map((state) => finding(state)))).to.equal(status);
    });
  }

  it("are a table of at most 120 columns, and below it each action once with all of its text", () => {
    const found = "a reason that is much longer than a cell of the table, and that is therefore cut";
    const action =
      "Do what the documentation says, in the order in which it says it, and then again from the beginning.";
    const lines = formatFindings([
      finding("ok"),
      finding("unknown", { check: "first", found, action }),
      finding("unknown", { check: "second", found, action }),
      finding("wrong", { check: "third", found: "one line,\nand another", action: "Repair it." }),
    ]);
    expect(lines.join("\n").split("\n")).to.deep.equal([
      "state    check   found                                 wanted",
      "ok       disk    1 GB                                  2 GB",
      "unknown  first   a reason that is much longer than a…  2 GB",
      "unknown  second  a reason that is much longer than a…  2 GB",
      "wrong    third   one line, and another                 2 GB",
      "",
      "first, second",
      `  ${found}`,
      `  ${action}`,
      "",
      "third",
      "  one line,",
      "and another",
      "  Repair it.",
      "",
      "1 ok, 1 wrong, 2 unknown, 0 not yet.",
    ]);
  });

  it("are wrong and unknown if the stacks do not synthesize", async () => {
    const variables = { TF_TOKEN_app_terraform_io: "t" };
    const broken = createContext({ environment: staging, variables, stacks: error });
    const find = async (name: string) => (await runCheck(checks.find((each) => each.name === name)!, broken))[0];
    expect(await find("stacks")).to.include({ state: "wrong", found: "No disk. It is away." });
    expect(await find("workspaces")).to.include({ state: "unknown", found: "No disk. It is away." });
  });

  it("have short names", () => {
    for (const { name } of checks) expect(name.length, name).to.be.at.most(28);
    expect(new Set(checks.map(({ name }) => name)).size).to.equal(checks.length);
  });
});

describe("ops doctor", () => {
  it("explains its states, exit statuses and credentials in its help", async () => {
    const { code, output } = await ops(["doctor", "--help"]);
    expect(code).to.equal(0);
    for (const text of ["not yet", "exits with 1", "AWS_PROFILE", "TF_TOKEN_app_terraform_io", "GH_TOKEN", "--json"]) {
      expect(output).to.contain(text);
    }
  });

  it("needs an environment", async () => {
    const { code, output } = await ops(["doctor"]);
    expect(code).to.equal(1);
    expect(output).to.contain("--environment").and.not.contain("    at ");
  });
});
