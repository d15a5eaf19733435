import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { readPlans, reviewDrift } from "../../../scripts/plan-review/review.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { changed, toPlanJson } from "./plans.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const warning = toPlanJson([changed("aws_sqs_queue", "destroy")]);
const critical = toPlanJson([changed("aws_s3_bucket", "destroy")]);

describe("ops review", () => {
  const getFolder = useTemporaryFolder();

  const write = (files: Readonly<Record<string, string>>): string[] =>
    Object.entries(files).map(([name, text]) => {
      writeFileSync(join(getFolder(), name), text);
      return join(getFolder(), name);
    });

  const run = (files: Readonly<Record<string, string>>, ...options: string[]) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const args = ["--import", "tsx", join(root, "scripts", "ops.ts"), "review", ...write(files), ...options];
      const child = execFile(process.execPath, args, (_, stdout, stderr) =>
        resolve({ status: child.exitCode, stdout, stderr }),
      );
    });

  it("ends with 0 without findings, and names stacks after their files", async () => {
    const { status, stdout } = await run({ "ecobeat-staging-edge.plan.json": toPlanJson([]) });
    expect(stdout).to.include("## Plan: no changes").and.to.include("`ecobeat-staging-edge`");
    expect(status).to.equal(0);
  });

  it("ends with 2 with warnings, and with 3 if one of several plans has critical findings", async () => {
    expect((await run({ "a.json": warning })).status).to.equal(2);
    const { status, stdout } = await run({ "a.json": warning, "b.json": critical }, "--json");
    expect(status).to.equal(3);
    const { worst, findings } = JSON.parse(stdout);
    expect(worst).to.equal("critical");
    expect(findings.map(({ stack }: { stack: string }) => stack)).to.deep.equal(["b", "a"]);
  });

  it("ends with 1 if a file is not a plan", async () => {
    const { status, stderr } = await run({ "no.json": "{" });
    expect(stderr)
      .to.include("[plan-format-unknown]")
      .and.to.not.match(/^\s+at /m);
    expect(status).to.equal(1);
  });

  for (const text of ["{}", '{"format_version":"2.0","planned_values":{}}', '{"format_version":"1.0","values":{}}']) {
    it(`refuses ${text}`, () => expectCode("plan-format-unknown", () => readPlans(write({ "no.json": text }))));
  }

  it("refuses a file that does not exist", () =>
    expectCode("plan-file-unreadable", () => readPlans([join(getFolder(), "missing.json")])));
});

describe("the exit status of drift", () => {
  const drift = (type: string, effect: "change" | "destroy") => [
    readPlan("one", toPlanJson([], { drift: [{ type, effect }] })),
  ];
  const error = new OperatorError("test", { what: "A.", why: "B.", action: "C." });

  for (const [title, plans, failures, exitStatus] of [
    ["is 0 without drift", [readPlan("one", toPlanJson([]))], [], 0],
    ["is 2 with drift that no rule mentions", drift("aws_s3_bucket", "change"), [], 2],
    ["is 3 with critical findings", drift("aws_s3_bucket", "destroy"), [], 3],
    ["is 1 if a stack failed", drift("aws_s3_bucket", "destroy"), [{ stackName: "two", error }], 1],
  ] as const) {
    it(title, () => expect(reviewDrift({ plans, failures, undeployed: [] })).to.include({ exitStatus }));
  }

  it("is 0 if a stack has no state yet, which the review names", () => {
    const results = { plans: [], failures: [], undeployed: ["three"] };
    const { text, exitStatus } = reviewDrift(results);
    expect(text).to.match(/^## Not deployed\n\n- `three` has no state/);
    expect(JSON.parse(reviewDrift(results, { json: true }).text)).to.deep.include({ undeployed: ["three"] });
    expect(exitStatus).to.equal(0);
  });
});
