import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { HcpTerraform } from "../../support/hcp-terraform.ts";
import { type Behaviours, fakeTerraform } from "../infra-test/fake-terraform.ts";
import { planText } from "../plan-review/plans.ts";

const stackNames = [
  ...["foundation", "database", "service"].map((stack) => `ecobeat-staging-${stack}`),
  ...["foundation", "database", "service", "edge"].map((stack) => `ecobeat-production-${stack}`),
];

describe("the step that reviews the plans of a pull request", () => {
  let api: HcpTerraform;
  let folder: string;
  beforeEach(async () => {
    api = await HcpTerraform.start();
    folder = mkdtempSync(join(tmpdir(), "ecobeat-plan-review-"));
  });
  afterEach(() => {
    api.stop();
    rmSync(folder, { recursive: true });
  });

  async function review(workspaces: readonly string[], behaviours: Behaviours) {
    for (const name of workspaces) api.add("workspaces", { name });
    const { path, calls } = fakeTerraform(behaviours);
    const [file, summary] = ["review.md", "summary.md"].map((name) => join(folder, name)) as [string, string];
    const env = {
      PATH: `${path}:${process.env.PATH}`,
      TFE_ADDRESS: api.baseUrl,
      TF_TOKEN_127_0_0_1: api.token,
      GITHUB_STEP_SUMMARY: summary,
    };
    const args = ["--import", "tsx", "scripts/ci/plan-review.ts", file, "0123abc"];
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` }),
      );
    });
    const text = readFileSync(file, "utf8");
    expect(text).to.equal(`${readFileSync(summary, "utf8")}\nOf commit 0123abc.\n`);
    return { code, output, text, calls: calls() };
  }

  const unchanged = Object.fromEntries(stackNames.map((name) => [`${name} show`, { output: planText([]) }]));

  it("plans all stacks that have a workspace and applies none, and fails at danger or without a workspace", async () => {
    const destroyed = planText([{ type: "aws_s3_bucket", effect: "destroy" }]);
    const { code, text, output, calls } = await review(stackNames.slice(1), {
      ...unchanged,
      "ecobeat-production-edge show": { output: destroyed },
    });
    expect(text)
      .to.match(/^## Not planned\n\n- `ecobeat-staging-foundation` could not be planned/)
      .and.include("## Plan: danger");
    expect(output).to.include("ecobeat-staging-foundation: HCP Terraform has no workspace of this name");
    const steps = ["init", "plan", "show"];
    expect(calls).to.have.members(
      stackNames.slice(1).flatMap((name) => steps.map((step) => `${name} ${step}`)),
    );
    expect(code).to.equal(1);
  });
});
