import { expect } from "chai";
import type { Context } from "../../../scripts/doctor/check.ts";
import { hcpTerraformChecks } from "../../../scripts/doctor/hcp-terraform.ts";
import { createTestContext, expectState, type Reply, run, startServer } from "./fixture.ts";

const token = "hcp-token";
const stacks = ["foundation", "database", "service"].map((name) => `ecobeat-staging-${name}`);
const sets = ["varset-1", "varset-2", "varset-3"];
const key = ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"] as const;

interface Variable {
  readonly key: string;
  readonly sensitive?: boolean;
  readonly category?: string;
}

/** HCP Terraform's API, with an organization `ecobeat`, as far as the doctor reads it. */
async function startHcpTerraform() {
  const state = {
    teams: true,
    /** Execution modes by name. */
    workspaces: new Map([...stacks.map((name) => [name, "remote"] as const), ["ecobeat-hcp-terraform", "local"]]),
    variables: key.map((each) => ({ key: each })) as readonly Variable[],
    /** Of the last variable set that applies to all workspaces. */
    shared: [] as readonly Variable[],
    /** States of workspaces that have one, in Terraform's own format, by their names. */
    states: new Map<string, object>(),
    /** Whether the URL of a state is that of its storage, instead of one that redirects to it. */
    isDirect: false,
    status: 0,
    /** Whether a workspace is deleted after it was found. */
    isDeletedMeanwhile: false,
    /** How many requests exceed the rate limit. */
    throttled: 0,
  };
  /** Where states are: another origin, which gets no token. */
  const storage = await startServer(({ url, headers }) =>
    headers.authorization ? { status: 400 } : { body: state.states.get(url.pathname.slice(1))! },
  );
  const toVariables = (all: readonly Variable[]) =>
    all.map(({ key, sensitive = true, category = "env" }) => ({
      id: key,
      type: "vars",
      attributes: { key, sensitive, category },
    }));
  /** Two to a page, between empty ones, as if items were deleted between two requests. */
  const page = (url: URL, all: readonly object[]): Reply => {
    const number = Number(url.searchParams.get("page[number]"));
    const data = all.slice(Math.max(0, number - 2) * 2, (number - 1) * 2);
    const isLast = number > 1 && data.length === 0;
    return { body: { data, meta: { pagination: { "next-page": isLast ? null : number + 1 } } } };
  };
  const notFound: Reply = { status: 404, body: { errors: [{ status: "404", title: "not found" }] } };
  const server = await startServer(({ url, headers }) => {
    if (state.throttled-- > 0) return { status: 429, body: { errors: [{ title: "too many requests" }] } };
    if (state.status) return { status: state.status, body: { errors: [{ title: "injected" }] } };
    if (headers.authorization !== `Bearer ${token}`)
      return { status: 401, body: { errors: [{ title: "unauthorized" }] } };
    const [type, id = "", related, name = ""] = url.pathname.replace("/api/v2/", "").split("/");
    if (type === "organizations" && id !== "ecobeat") return notFound;
    const workspace = `${related} ${type}`;
    if (type === "organizations") {
      if (!related) return { body: { data: { id, type, attributes: { name: id } } } };
      if (related === "entitlement-set")
        return { body: { data: { id: "org-1", type: "entitlement-sets", attributes: { teams: state.teams } } } };
      const mode = state.workspaces.get(name);
      if (!mode) return notFound;
      return { body: { data: { id: `ws-${name}`, type: "workspaces", attributes: { "execution-mode": mode } } } };
    }
    if (type === "varsets") return page(url, toVariables(id === sets.at(-1) ? state.shared : []));
    if (workspace === "varsets workspaces" && state.isDeletedMeanwhile) return notFound;
    if (workspace === "varsets workspaces") {
      return page(
        url,
        sets.map((id) => ({ id, type: "varsets", attributes: {} })),
      );
    }
    if (workspace === "vars workspaces") return page(url, toVariables(state.variables));
    const stack = id.slice("ws-".length);
    if (type === "state-versions") return { status: 307, headers: { location: `${storage.url}/${id}` } };
    if (!state.states.has(stack)) return notFound;
    const redirecting = `${server.url}/api/v2/state-versions/${stack}/hosted_state`;
    const attributes = { "hosted-state-download-url": state.isDirect ? `${storage.url}/${stack}` : redirecting };
    return { body: { data: { id: "sv-1", type: "state-versions", attributes } } };
  });
  const stop = () => {
    server.stop();
    storage.stop();
  };
  return { state, stop, variables: { TFE_ADDRESS: server.url, TF_TOKEN_127_0_0_1: token, HOME: "/nonexistent" } };
}

describe("the doctor, in HCP Terraform,", () => {
  let api: Awaited<ReturnType<typeof startHcpTerraform>>;
  beforeEach(async () => {
    api = await startHcpTerraform();
  });
  afterEach(() => api.stop());
  const context = (replaced: Partial<Context> = {}) => createTestContext({ variables: api.variables, ...replaced });
  const expectOutcome = (
    state: "ok" | "wrong" | "unknown" | "not yet",
    name: string,
    replaced: Partial<Context> = {},
  ) => expectState(state, hcpTerraformChecks, name, context(replaced));
  const deployed = { isDeployed: async () => true };

  it("makes no check without a token", async () => {
    const { TF_TOKEN_127_0_0_1: _, ...variables } = api.variables;
    for (const { name } of hcpTerraformChecks) {
      const { action } = await expectOutcome("unknown", name, { variables });
      expect(action).to.contain("terraform login");
    }
  });

  it("makes no check while it has a problem", async () => {
    api.state.status = 503;
    for (const { name } of hcpTerraformChecks) {
      const { found, action } = await expectOutcome("unknown", name);
      expect(found).to.contain("503 (injected)");
      expect(action).to.contain("status.hashicorp.com");
    }
  });

  it("waits while calls exceed the rate limit", async () => {
    api.state.throttled = 2;
    expect((await expectOutcome("ok", "workspaces")).found).to.equal("all 3");
  });

  it("makes no check if a proxy responds in its place", async () => {
    for (const body of ["<html>Log in</html>", {}]) {
      const proxy = await startServer(() => ({ body }));
      const variables = { ...api.variables, TFE_ADDRESS: proxy.url };
      for (const { name } of hcpTerraformChecks) {
        const { found } = await expectOutcome("unknown", name, { variables });
        expect(found).to.contain("is not from HCP Terraform");
      }
      proxy.stop();
    }
  });

  describe("organization", () => {
    const name = "HCP Terraform organization";

    it("is found", async () => {
      expect((await expectOutcome("ok", name)).found).to.equal("ecobeat");
    });

    it("is not found with a rejected token", async () => {
      const variables = { ...api.variables, TF_TOKEN_127_0_0_1: "expired" };
      expect((await expectOutcome("wrong", name, { variables })).action).to.contain("terraform login");
    });

    it("does not exist", async () => {
      const stacks = () =>
        createTestContext()
          .stacks()
          .map((stack) => {
            const cloud = { organization: "other", workspaces: { name: stack.name, project: "p" } };
            return { ...stack, configuration: { ...stack.configuration, terraform: { cloud } } };
          });
      const { found } = await expectOutcome("wrong", name, { stacks });
      expect(found).to.equal("no organization other");
    });
  });

  it("has an edition with teams, or not", async () => {
    await expectOutcome("ok", "HCP Terraform edition");
    api.state.teams = false;
    const { action } = await expectOutcome("wrong", "HCP Terraform edition");
    expect(action).to.contain("docs/workflows.md");
  });

  it("has all workspaces, or not: not yet before a deployment, wrong after it", async () => {
    expect((await expectOutcome("ok", "workspaces")).found).to.equal("all 3");
    api.state.workspaces.delete("ecobeat-staging-service");
    expect((await expectOutcome("not yet", "workspaces")).found).to.equal("no ecobeat-staging-service");
    await expectOutcome("wrong", "workspaces", deployed);
    const isDeployed = () => Promise.reject(new Error("AWS is away"));
    expect((await expectOutcome("unknown", "workspaces", { isDeployed })).found).to.equal(
      "no ecobeat-staging-service, and whether the service is deployed is unknown: AWS is away",
    );
  });

  it("has a workspace for its own stack, with local execution", async () => {
    const name = "workspace of HCP Terraform";
    await expectOutcome("ok", name);
    api.state.workspaces.set("ecobeat-hcp-terraform", "remote");
    expect((await expectOutcome("wrong", name)).found).to.equal("remote execution");
    api.state.workspaces.delete("ecobeat-hcp-terraform");
    await expectOutcome("not yet", name);
    await expectOutcome("wrong", name, deployed);
  });

  describe("variables", () => {
    const name = "workspace variables";
    const others = ["A", "B", "C"].map((each) => ({ key: each }));

    for (const [what, variables, shared] of [
      ["of the workspace", [...others, ...key.map((each) => ({ key: each }))], []],
      ["of a variable set", [], [...others, ...key.map((each) => ({ key: each }))]],
      [
        "with the provider's other names",
        [{ key: "MONGODB_ATLAS_PUBLIC_KEY" }, { key: "MONGODB_ATLAS_PRIVATE_KEY" }],
        [],
      ],
    ] as const) {
      it(`are set, on any page: ${what}`, async () => {
        Object.assign(api.state, { variables, shared });
        await expectOutcome("ok", name);
      });
    }

    it("are missing: not yet before a deployment, wrong after it", async () => {
      api.state.variables = [{ key: key[0] }, { key: key[1], category: "terraform" }];
      const { found } = await expectOutcome("not yet", name);
      expect(found).to.equal("no MONGODB_ATLAS_PRIVATE_API_KEY in ecobeat-staging-database");
      await expectOutcome("wrong", name, deployed);
      api.state.workspaces.clear();
      expect((await expectOutcome("not yet", name)).found)
        .to.contain(key[0])
        .and.contain(key[1]);
    });

    it("are unknown, not missing, if a list does not exist", async () => {
      api.state.variables = [];
      api.state.isDeletedMeanwhile = true;
      expect((await expectOutcome("unknown", name)).found).to.contain("with 404");
    });

    it("must be sensitive", async () => {
      api.state.variables = [{ key: key[0] }, { key: key[1], sensitive: false }];
      const { found } = await expectOutcome("wrong", name);
      expect(found).to.equal("MONGODB_ATLAS_PRIVATE_API_KEY of ecobeat-staging-database is not sensitive");
    });
  });

  it("has tainted resources in a state, or not", async () => {
    const name = "tainted resources";
    const resource = (type: string, instances: object[], more = {}) => ({
      mode: "managed",
      type,
      name: "it",
      instances,
      ...more,
    });
    const whole = resource("aws_vpc", [{ attributes: {} }]);
    api.state.states.set("ecobeat-staging-foundation", { version: 4, resources: [whole] });
    api.state.states.set("ecobeat-staging-database", {
      version: 4,
      resources: [
        whole,
        resource("mongodbatlas_flex_cluster", [{ status: "tainted", attributes: {} }]),
        resource("aws_subnet", [{ index_key: "a", status: "tainted" }, { index_key: "b" }], { module: "module.m" }),
      ],
    });
    const found = await run(hcpTerraformChecks, name, context());
    expect(found["tainted resources: foundation"]).to.include({ state: "ok", found: "none" });
    expect(found["tainted resources: service"]).to.include({ state: "ok", found: "no state" });
    const tainted = found["tainted resources: database"]!;
    expect(tainted).to.include({ state: "wrong" });
    expect(tainted.found).to.equal('mongodbatlas_flex_cluster.it, module.m.aws_subnet.it["a"]');
    expect(tainted.action).to.contain("terraform untaint 'mongodbatlas_flex_cluster.it'");
    api.state.isDirect = true;
    expect((await run(hcpTerraformChecks, name, context()))[tainted.check]!.found).to.equal(tainted.found);
    expect(tainted.action).to.contain(`terraform untaint 'module.m.aws_subnet.it["a"]'`);
  });
});
