import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Context } from "../../../scripts/doctor/check.ts";
import { gitHubChecks } from "../../../scripts/doctor/github.ts";
import { production } from "../../../stacks/environments/production.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { createTestContext, expectState, type Reply, run, startServer } from "./fixture.ts";

const token = "gh-token";
const health = ["HEALTH_API_KEY", "HEALTH_EMAIL", "HEALTH_PASSWORD"];
const promotion = [...health, ...health.map((each) => `STAGING_${each}`)];
const preview = ["TF_API_TOKEN", "MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"];
const reviewers = { type: "required_reviewers", reviewers: [{ type: "Team", reviewer: { slug: "platform" } }] };

/** GitHub's API, with the repository `ecobeat/platform`, as far as the doctor reads it. */
async function startGitHub() {
  const state = {
    repository: { id: 222222, name: "platform", owner: { id: 111111, login: "ecobeat" } },
    /** Rules and names of secrets, by environment. */
    environments: new Map<string, { rules: object[]; secrets: string[] }>([
      ["plan", { rules: [reviewers], secrets: ["TF_API_TOKEN"] }],
      ["drift", { rules: [], secrets: ["TF_API_TOKEN"] }],
      ["staging", { rules: [{ type: "branch_policy" }], secrets: ["TF_API_TOKEN", ...health] }],
      ["staging-override", { rules: [reviewers], secrets: health }],
      ["production", { rules: [reviewers], secrets: promotion }],
      ["production-override", { rules: [reviewers], secrets: promotion }],
      ["preview", { rules: [reviewers], secrets: preview }],
      ["preview-clean", { rules: [{ type: "branch_policy" }], secrets: preview }],
      ["mirror", { rules: [], secrets: ["MIRROR_URL", "MIRROR_KEY", "MIRROR_HOST_KEYS"] }],
    ]),
    errors: [] as object[],
    reply: undefined as Reply | undefined,
  };
  /** Two to a page, between empty ones, as if items were deleted between two requests. */
  const page = (url: URL, key: string, all: readonly object[]): Reply => {
    const number = Number(url.searchParams.get("page") ?? 1);
    const items = all.slice(Math.max(0, number - 2) * 2, (number - 1) * 2);
    const next = new URL(url.pathname + url.search, server.url);
    next.searchParams.set("page", `${number + 1}`);
    const links = [`<${server.url}${url.pathname}?page=1>; rel="first"`, `<${next}>; rel="next"`];
    return {
      body: { total_count: all.length, [key]: items },
      headers: number === 1 || items.length > 0 ? { link: links.join(", ") } : {},
    };
  };
  const notFound: Reply = { status: 404, body: { message: "Not Found" } };
  const server = await startServer(({ url, headers }) => {
    if (state.reply) return state.reply;
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: { message: "Bad credentials" } };
    const path = url.pathname.replace(/^\/repos\/ecobeat\/platform/, "");
    if (path === url.pathname) return notFound;
    if (path === "") return { body: state.repository };
    if (path === "/codeowners/errors") return { body: { errors: state.errors } };
    if (path === "/environments") {
      const all = [...state.environments].map(([name, { rules }]) => ({ name, protection_rules: rules }));
      return page(url, "environments", all);
    }
    const [, name = ""] = /^\/environments\/([^/]+)\/secrets$/.exec(path) ?? [];
    const found = state.environments.get(name);
    return found
      ? page(
          url,
          "secrets",
          found.secrets.map((each) => ({ name: each })),
        )
      : notFound;
  });
  return { state, stop: server.stop, variables: { GITHUB_API_URL: server.url, GH_TOKEN: token } };
}

describe("the doctor, in GitHub,", () => {
  const folder = useTemporaryFolder();
  let api: Awaited<ReturnType<typeof startGitHub>>;
  beforeEach(async () => {
    api = await startGitHub();
  });
  afterEach(() => api.stop());
  const context = (replaced: Partial<Context> = {}) => createTestContext({ variables: api.variables, ...replaced });
  const deployed = { isDeployed: async () => true };

  it("makes no check without a token", async () => {
    const variables = { GITHUB_API_URL: api.variables.GITHUB_API_URL, PATH: folder() };
    for (const { name } of gitHubChecks) {
      const { action } = await expectState("unknown", gitHubChecks, name, context({ variables }));
      expect(action).to.contain("gh auth login");
    }
  });

  it("uses the token of the GitHub CLI", async () => {
    const tool = join(folder(), "gh");
    await writeFile(tool, `#!/bin/sh\n[ "$*" = "auth token" ] && echo ${token}\n`);
    await chmod(tool, 0o755);
    const variables = { GITHUB_API_URL: api.variables.GITHUB_API_URL, PATH: folder() };
    await expectState("ok", gitHubChecks, "GitHub repository", context({ variables }));
  });

  it("makes no check while it has a problem", async () => {
    api.state.reply = { status: 502, body: "<html>Unicorn!</html>" };
    for (const { name } of gitHubChecks) {
      const { action } = await expectState("unknown", gitHubChecks, name, context());
      expect(action).to.contain("githubstatus.com");
    }
  });

  it("makes no check if a proxy responds in its place", async () => {
    api.state.reply = { body: {} };
    for (const { name } of gitHubChecks) {
      const { found } = await expectState("unknown", gitHubChecks, name, context());
      expect(found).to.contain("is not from GitHub");
    }
  });

  describe("repository", () => {
    const name = "GitHub repository";

    it("is the one whose workflows the roles trust", async () => {
      expect((await expectState("ok", gitHubChecks, name, context())).found).to.equal("ecobeat@111111/platform@222222");
    });

    it("is another one of the same name", async () => {
      api.state.repository.id = 333;
      const { found, wanted } = await expectState("wrong", gitHubChecks, name, context());
      expect({ found, wanted }).to.deep.equal({
        found: "ecobeat@111111/platform@333",
        wanted: "ecobeat@111111/platform@222222",
      });
    });

    for (const [what, state, reply] of [
      ["does not exist", "wrong", { status: 404, body: { message: "Not Found" } }],
      ["is not shown to a rejected token", "wrong", { status: 401, body: { message: "Bad credentials" } }],
      [
        "is unknown to a token without access",
        "unknown",
        { status: 403, body: { message: "Resource not accessible" } },
      ],
    ] as const) {
      it(what, async () => {
        api.state.reply = reply;
        await expectState(state, gitHubChecks, name, context());
      });
    }
  });

  describe("environments", () => {
    const diagnose = async (replaced: Partial<Context> = {}) => {
      const found = await run(gitHubChecks, "GitHub environment", context(replaced));
      return Object.fromEntries(
        Object.entries(found).map(([name, finding]) => [name.replace("GitHub environment: ", ""), finding]),
      );
    };

    it("have what the workflows need, on any page; that of another deployed environment does not matter", async () => {
      for (const name of ["production", "production-override"]) api.state.environments.delete(name);
      const found = await diagnose();
      expect(Object.entries(found).map(([name, { state, found }]) => `${name} ${state}: ${found}`)).to.have.members([
        "plan ok: secrets: 1",
        "drift ok: secrets: 1",
        "staging ok: secrets: 4",
        "staging-override ok: secrets: 3",
        "preview ok: secrets: 3",
        "preview-clean ok: secrets: 3",
        "mirror ok: secrets: 3",
      ]);
    });

    it("do not exist", async () => {
      api.state.environments.delete("production");
      const { production: finding } = await diagnose({ environment: production });
      expect(finding).to.include({ state: "wrong", found: "none" });
      expect(finding!.action).to.contain("docs/workflows.md");
    });

    for (const rules of [[], [{ type: "required_reviewers", reviewers: [] }]]) {
      it(`have no reviewers: ${JSON.stringify(rules)}`, async () => {
        api.state.environments.get("production")!.rules = rules;
        const { production: finding } = await diagnose({ environment: production });
        expect(finding).to.include({ state: "wrong", found: "no required reviewers" });
      });
    }

    it("have no reviewers of pull requests with previews", async () => {
      for (const name of ["preview", "preview-clean"]) api.state.environments.get(name)!.rules = [];
      const found = await diagnose();
      expect(found.preview).to.include({ state: "wrong", found: "no required reviewers" });
      expect(found["preview-clean"]).to.include({ state: "ok" });
    });

    it("have no reviewers of releases during an alarm", async () => {
      for (const name of ["staging-override", "production-override"]) api.state.environments.get(name)!.rules = [];
      const found = { ...(await diagnose()), ...(await diagnose({ environment: production })) };
      for (const name of ["staging-override", "production-override"])
        expect(found[name]).to.include({ state: "wrong", found: "no required reviewers" });
    });

    it("have no token", async () => {
      api.state.environments.get("drift")!.secrets = [];
      expect((await diagnose()).drift).to.include({ state: "wrong", found: "no TF_API_TOKEN" });
    });

    it("have no account for smoke tests: not yet before a deployment, wrong after it", async () => {
      api.state.environments.get("staging")!.secrets = ["TF_API_TOKEN", "HEALTH_API_KEY"];
      const expected = "no HEALTH_EMAIL, HEALTH_PASSWORD";
      expect((await diagnose()).staging).to.include({ state: "not yet", found: expected });
      expect((await diagnose(deployed)).staging).to.include({ state: "wrong", found: expected });
    });
  });

  it("knows the code owners, or not", async () => {
    await expectState("ok", gitHubChecks, "CODEOWNERS", context());
    const source = "/service/  @ecobeat/api @ecobeat/platform\n";
    api.state.errors.push({
      line: 3,
      column: 19,
      kind: "Unknown owner",
      path: ".github/CODEOWNERS",
      source,
      message: "",
    });
    const { found } = await expectState("wrong", gitHubChecks, "CODEOWNERS", context());
    expect(found).to.equal("Unknown owner in .github/CODEOWNERS:3: /service/  @ecobeat/api @ecobeat/platform");
    api.state.reply = { status: 404, body: { message: "Not Found" } };
    await expectState("wrong", gitHubChecks, "CODEOWNERS", context());
  });

  it("reads environments with a URL, and workflows without jobs", async () => {
    await mkdir(join(folder(), ".github/workflows"), { recursive: true });
    const workflow =
      "jobs:\n  a:\n    environment:\n      name: drift\n      url: https://ecobeat.app\n    env:\n      A: ${{ secrets.GITHUB_TOKEN }}\n      B: ${{ secrets.TF_API_TOKEN }}\n";
    await writeFile(join(folder(), ".github/workflows/a.yml"), workflow);
    await writeFile(join(folder(), ".github/workflows/b.yml"), "name: b\n");
    const { found } = await expectState("ok", gitHubChecks, "GitHub environment", context({ folder: folder() }));
    expect(found).to.equal("secrets: 1");
  });
});
