import { expect } from "chai";
import { GitHubClient } from "../../../scripts/workflows/github-client.ts";
import { writeComment } from "../../../scripts/workflows/pull-request-comment.ts";
import { GitHub } from "../../support/github.ts";

const marker = "<!-- review -->";
const us = "github-actions[bot]";

describe("the comment on a pull request", () => {
  let github: GitHub;
  beforeEach(async () => {
    github = await GitHub.start();
  });
  afterEach(() => github.stop());

  const write = (text: string, { token = github.token, pullRequest = 7, apiUrl = github.url } = {}) =>
    writeComment(
      new GitHubClient({ apiUrl, token }),
      { repository: "ecobeat/platform", pullRequest, marker },
      text,
    );

  it("is made once, and written anew from then on", async () => {
    expect(await write("first")).to.equal("created");
    expect(await write("second")).to.equal("updated");
    expect(github.comments.map(({ body }) => body)).to.deep.equal([`${marker}\nsecond`]);
  });

  it("is none that somebody else has made to look like it, nor one of ours about something else", async () => {
    github.comment("mallory", `${marker}\nAll is well.`);
    github.comment(undefined, `${marker}\nA ghost says so, too.`);
    github.comment(us, `Quoted: ${marker}`);
    const before = structuredClone(github.comments);
    expect(await write("ours")).to.equal("created");
    expect(github.comments.slice(0, 3)).to.deep.equal(before);
    expect(github.comments[3]!.body).to.equal(`${marker}\nours`);
  });

  it("is found behind hundreds of others", async () => {
    for (let number = 0; number < 230; number++) github.comment("talker", `${number}`);
    github.comment(us, `${marker}\nold`);
    expect(await write("new")).to.equal("updated");
    expect(github.comments).to.have.length(231);
    expect(github.comments.at(-1)!.body).to.equal(`${marker}\nnew`);
  });

  it("is made where exactly one full page has none of ours", async () => {
    for (let number = 0; number < 100; number++) github.comment("talker", `${number}`);
    expect(await write("ours")).to.equal("created");
    expect(github.comments).to.have.length(101);
  });

  it("is cut off where GitHub takes no more, and says so", async () => {
    await write("a change of a resource\n".repeat(5_000));
    const { body } = github.comments[0]!;
    expect(body).to.have.length(65_536);
    expect(body).to.match(/^<!-- review -->\n> \[!NOTE\]\n> This is cut off/);
    expect(await write("short again")).to.equal("updated");
    expect(github.comments).to.have.length(1);
  });

  for (const [what, refusal, said] of [
    [
      "may not write",
      { status: 403, message: "Resource not accessible by integration" },
      /answered GET .*with 403 \(Resource not accessible by integration\).*may not write.*pull-requests: write/,
    ],
    [
      "has used up its calls",
      {
        status: 403,
        message: "API rate limit exceeded",
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795413600" },
      },
      /used up its calls\. Run the job again after 2026-11-23T\d\d:\d\d:00\.000Z/,
    ],
    [
      "writes too much at once",
      { status: 403, message: "secondary rate limit", headers: { "retry-after": "60" } },
      /used up its calls\. Run the job again in 60 s/,
    ],
    ["is refused for a while", { status: 429, message: "" }, /used up its calls\. Run the job again in some/],
    ["meets an outage", { status: 502, message: "" }, /with 502.*githubstatus/],
    [
      "gets half an answer",
      { status: 200, message: "", headers: { "content-length": "1000", connection: "close" } },
      /^GitHub does not answer at \S+: .*run the job again/,
    ],
    ["meets a proxy", { status: 200, message: "Log in" }, /is not GitHub: it may be a proxy/],
  ] as const) {
    it(`says what to do when it ${what}`, async () => {
      github.refusals.push(refusal);
      await refused(write("ours"), said);
      expect(github.comments).to.deep.equal([]);
    });
  }

  it("says so when there is no such pull request, and when the token is unknown", async () => {
    await refused(
      write("ours", { pullRequest: 8 }),
      /with 404 \(Not Found\)\. There is no such pull request/,
    );
    await refused(write("ours", { token: "another" }), /with 401 \(Bad credentials\)\. The token is unknown/);
  });

  it("says so when GitHub does not answer", async () => {
    const apiUrl = "http://127.0.0.1:9";
    await refused(
      write("ours", { apiUrl }),
      /^GitHub does not answer at http:\/\/127\.0\.0\.1:9: .*run the job again/,
    );
  });
});

async function refused(work: Promise<unknown>, said: RegExp): Promise<void> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).to.have.property("name", "ConfigurationError");
  expect((error as Error).message).to.match(said);
}
