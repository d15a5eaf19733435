import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { toPlanJson } from "./plans.ts";

const program = join(import.meta.dirname, "..", "..", "..", "scripts", "ops.ts");

describe("ops review", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ecobeat-review-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the command on files of these names and contents. */
  function review(files: Record<string, string>, ...options: string[]) {
    const paths = Object.entries(files).map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    });
    return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ["--import", "tsx", program, "review", ...paths, ...options],
        (_, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  it("ends with 0 when there is nothing to mind, and names stacks after their files", async () => {
    const { status, stdout } = await review({ "ecobeat-staging-edge.plan.json": toPlanJson([]) });
    expect(stdout).to.include("## Plan: no changes").and.to.include("`ecobeat-staging-edge`");
    expect(status).to.equal(0);
  });

  it("ends with 2 when something wants attention, and with 3 at the danger of one of several", async () => {
    const attention = toPlanJson([{ type: "aws_sqs_queue", effect: "destroy" }]);
    const danger = toPlanJson([{ type: "aws_s3_bucket", effect: "destroy" }]);
    expect((await review({ "a.json": attention })).status).to.equal(2);
    const both = await review({ "a.json": attention, "b.json": danger }, "--json");
    expect(both.status).to.equal(3);
    expect(JSON.parse(both.stdout).findings.map(({ stack }: { stack: string }) => stack)).to.deep.equal([
      "b",
      "a",
    ]);
  });

  it("says of what is no plan what it wants, and ends with 1", async () => {
    for (const text of [
      "{",
      "{}",
      '{"format_version":"2.0","planned_values":{}}',
      '{"format_version":"1.0","values":{}}',
    ]) {
      const { status, stderr } = await review({ "no.json": text });
      expect(stderr).to.include("no is not a plan in JSON").and.to.include("terraform show -json");
      expect(stderr).to.not.match(/^\s+at /m);
      expect(status).to.equal(1);
    }
  });
});
