import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { GitHub } from "../../support/github.ts";

describe("the step that comments on a pull request", () => {
  let github: GitHub;
  let folder: string;
  before(async () => {
    github = await GitHub.start();
    folder = mkdtempSync(join(tmpdir(), "ecobeat-comment-"));
    writeFileSync(join(folder, "review.md"), "## Plan: no changes\n");
  });
  after(async () => {
    await github.stop();
    rmSync(folder, { recursive: true });
  });

  const step = (
    event: object,
    file: string,
    variables: NodeJS.ProcessEnv = { GITHUB_TOKEN: github.token },
  ) => {
    writeFileSync(join(folder, "event.json"), JSON.stringify(event));
    const env = {
      PATH: process.env.PATH,
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: "ecobeat/platform",
      GITHUB_EVENT_PATH: join(folder, "event.json"),
      ...variables,
    };
    const args = ["--import", "tsx", "scripts/workflows/plan-comment.ts", join(folder, file)];
    return new Promise<{ code: number; output: string }>((resolve) => {
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` }),
      );
    });
  };
  const event = { pull_request: { number: 7, head: { sha: "0123abc" } } };

  it("writes the review, and of which commit it is", async () => {
    expect(await step(event, "review.md")).to.deep.equal({
      code: 0,
      output: "The review on pull request 7 was created.\n",
    });
    expect(github.comments.map(({ body }) => body)).to.deep.equal([
      "<!-- plan-review -->\n## Plan: no changes\n\nOf commit 0123abc.\n",
    ]);
  });

  for (const [what, ask, said] of [
    ["there is no review", () => step(event, "none.md"), /no review to comment with.*See what it says/],
    ["the job is about a push", () => step({ ref: "refs/heads/main" }, "review.md"), /about no pull request/],
    ["there is no token", () => step(event, "review.md", {}), /GITHUB_TOKEN is not set/],
  ] as const) {
    it(`says so, and nothing else, when ${what}`, async () => {
      const { code, output } = await ask();
      expect(code).to.equal(1);
      expect(output)
        .to.match(said)
        .and.not.match(/\n\s+at /);
    });
  }
});
