import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { readPlans, reviewDrift } from "../../../scripts/plan-review/review.ts";
import { compileOps } from "../../support/compiled-program.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { changed, toPlanJson } from "./plans.ts";

const warning = toPlanJson([changed("aws_sqs_queue", "destroy")]);
const critical = toPlanJson([changed("aws_s3_bucket", "destroy")]);

describe("ops review", () => {
  const getFolder = useTemporaryFolder();

  const write = (files: Readonly<Record<string, string | Buffer>>): string[] =>
    Object.entries(files).map(([name, text]) => {
      writeFileSync(join(getFolder(), name), text);
      return join(getFolder(), name);
    });

  const run = async (files: Readonly<Record<string, string>>, ...options: string[]) => {
    const args = [await compileOps(), "review", ...write(files), ...options];
    return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(process.execPath, args, (_, stdout, stderr) =>
        resolve({ status: child.exitCode, stdout, stderr }),
      );
    });
  };

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

  const redacted = { plan_format_version: "1.1", resource_changes: [], resource_drift: [], provider_schemas: {} };
  const sanitized = changed("aws_x", { password: ["REDACTED_SENSITIVE", "REDACTED_SENSITIVE"] });
  for (const [text, why] of [
    ["{}", "reads plans of format 1.x"],
    ['{"format_version":"2.0","planned_values":{}}', "format is 2.0"],
    ['{"format_version":"1.0","values":{}}', "is a state"],
    ['{"format_version":"1.2","planned_values":{},"resource_changes":[{"address":1}]}', "resource_changes.0.address"],
    ['{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}', "log of `terraform plan -json`"],
    ["PK\u0003\u0004tfplan", "the saved plan itself"],
    // The members of HCP Terraform's output:
    // https://github.com/hashicorp/terraform/blob/main/internal/cloud/testdata/plan-json-full/plan-redacted.json
    [JSON.stringify(redacted), "is a redacted plan"],
    [toPlanJson([sanitized]), "is a redacted plan"],
  ] as const) {
    it(`refuses ${text.slice(0, 60)}, and says: ${why}`, async () => {
      const { message } = await expectCode("plan-format-unknown", () => readPlans(write({ "no.json": text })));
      expect(message).to.include(why);
    });
  }

  for (const [title, bytes] of [
    ["with a byte order mark", Buffer.from(`\uFEFF${critical}`, "utf16le")],
    ["without one", Buffer.from(critical, "utf16le")],
    ["of big endian", Buffer.from(`\uFEFF${critical}`, "utf16le").swap16()],
  ] as const) {
    it(`refuses UTF-16 ${title}, and names Windows PowerShell`, async () => {
      const { message } = await expectCode("plan-file-utf-16", () => readPlans(write({ "no.json": bytes })));
      expect(message).to.include("UTF-16").and.include("PowerShell");
    });
  }

  it("reads UTF-8 with a byte order mark", async () => {
    const [plan] = await readPlans(write({ "a.json": `\uFEFF${critical}` }));
    expect(plan?.changes).to.have.lengthOf(1);
  });

  it("refuses a file that does not exist", () =>
    expectCode("plan-file-unreadable", () => readPlans([join(getFolder(), "missing.json")])));
});

describe("the exit status of drift", () => {
  const drift = (type: string, effect: "change" | "destroy") => {
    const values = effect === "change" ? ({ acceleration_status: ["a", "b"] } as const) : effect;
    return [readPlan("one", toPlanJson([], { drift: [changed(type, values)] }))];
  };
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
