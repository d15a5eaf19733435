import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { reviewPlans, toCommentBody } from "../../../scripts/ci/plan-review.ts";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import type { Plan } from "../../../scripts/plan-review/plan.ts";
import { type Behaviours, fakeTerraform } from "../infra-test/fake-terraform.ts";
import { toPlan, toPlanJson } from "../plan-review/plans.ts";

const stackNames = [
  ...["foundation", "database", "service"].map((stack) => `ecobeat-staging-${stack}`),
  ...["foundation", "database", "service", "edge", "archive"].map((stack) => `ecobeat-production-${stack}`),
];

describe("the step that reviews the plans of a pull request", () => {
  let api: Server;
  /** Of what HCP Terraform has. The id of a workspace is its name here. */
  let paths: readonly string[];
  let folder: string;
  beforeEach(async () => {
    api = createServer(({ url, headers }, response) => {
      const isFound = paths.some((path) => url === `/api/v2${path}`) && headers.authorization === "Bearer token";
      response
        .writeHead(isFound ? 200 : 404)
        .end(JSON.stringify({ data: { id: url!.split("/").at(-1), type: "any" } }));
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    folder = mkdtempSync(join(tmpdir(), "ecobeat-plan-review-"));
  });
  afterEach(() => {
    api.close();
    rmSync(folder, { recursive: true });
  });

  async function review(workspaces: readonly string[], behaviours: Behaviours, undeployed: readonly string[] = []) {
    paths = workspaces.flatMap((name) => [
      `/organizations/ecobeat/workspaces/${name}`,
      ...(undeployed.includes(name) ? [] : [`/workspaces/${name}/current-state-version`]),
    ]);
    const { path, calls } = fakeTerraform(folder, behaviours);
    const [file, summary] = ["review.md", "summary.md"].map((name) => join(folder, name)) as [string, string];
    const env = {
      PATH: `${path}:${process.env.PATH}`,
      TFE_ADDRESS: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      TF_TOKEN_127_0_0_1: "token",
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

  const unchanged = Object.fromEntries(stackNames.map((name) => [`${name} show`, { output: toPlanJson([]) }]));

  it("plans all stacks that have a workspace and applies none, and fails with critical findings or without a workspace", async () => {
    const destroyed = toPlanJson([{ type: "aws_s3_bucket", effect: "destroy" }]);
    const { code, text, output, calls } = await review(stackNames.slice(1), {
      ...unchanged,
      "ecobeat-production-edge show": { output: destroyed },
    });
    expect(text)
      .to.match(/^## Not planned\n\n- `ecobeat-staging-foundation` could not be planned/)
      .and.include("## Plan: critical");
    expect(output).to.include("[workspace-not-found]").and.include("deploy --environment staging hcp-terraform");
    const steps = ["init", "plan", "show"];
    expect(calls).to.have.members(stackNames.slice(1).flatMap((name) => steps.map((step) => `${name} ${step}`)));
    expect(code).to.equal(1);
  });

  it("does not plan a stack that was not deployed yet, and says so", async () => {
    const archive = "ecobeat-production-archive";
    const { code, text, output, calls } = await review(stackNames, unchanged, [archive]);
    expect(text).to.match(/^## Not deployed\n\n- `ecobeat-production-archive` has no state.*\n\n## Plan: no changes/);
    expect(output).to.include("ecobeat-production-archive: not planned, because its workspace has no state");
    expect(calls.filter((call) => call.startsWith(archive))).to.deep.equal([]);
    expect(code).to.equal(0);
  });
});

const toResults = (plans: readonly Plan[]) => ({ plans, failures: [], undeployed: [] });
const stateful = (effect: "change" | "destroy") => toPlan({ type: "aws_s3_bucket", effect });

describe("a review of plans for a pull request", () => {
  it("fails the check with critical findings, and not with warnings", () => {
    expect(reviewPlans(toResults([toPlan()]))).to.have.property("failed", false);
    const forgotten = toPlan({ type: "aws_subnet", effect: "forget" });
    expect(reviewPlans(toResults([forgotten])))
      .to.have.property("text")
      .that.includes("## Plan: warning");
    expect(reviewPlans(toResults([forgotten]))).to.have.property("failed", false);
    expect(reviewPlans(toResults([stateful("destroy")]))).to.have.property("failed", true);
  });

  it("fails where a stack could not be planned, and names it without Terraform's words", () => {
    const error = new OperatorError("test", { what: "The value hunter2 is wrong.", why: "A.", action: "B." });
    const failures = [{ stackName: "ecobeat-staging-edge", error }];
    const { text, failed } = reviewPlans({ ...toResults([stateful("change")]), failures });
    expect(failed).to.equal(true);
    expect(text)
      .to.match(/^## Not planned\n\n- `ecobeat-staging-edge` could not be planned/)
      .and.include("## Plan:")
      .and.not.include("hunter2");
  });
});

describe("the body of a comment on a pull request", () => {
  it("is the review, and the commit that was reviewed, if there is one", () => {
    expect(toCommentBody("## Plan: no changes\n", "0123abc")).to.equal("## Plan: no changes\n\nOf commit 0123abc.\n");
    expect(toCommentBody("## Plan: no changes\n", undefined)).to.equal("## Plan: no changes\n");
  });

  it("is cut off at GitHub's limit, and says so first", () => {
    const review = "a change of a resource\n".repeat(5_000);
    expect(toCommentBody(review, "0123abc"))
      .to.have.length(65_536)
      .and.match(/^> \[!NOTE\]\n> The review exceeds.*\n\na change of a resource\n/);
    expect(toCommentBody("x".repeat(65_536), undefined)).to.equal("x".repeat(65_536));
  });
});
