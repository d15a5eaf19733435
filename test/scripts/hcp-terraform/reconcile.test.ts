import { expect } from "chai";
import { Changes } from "../../../scripts/hcp-terraform/changes.ts";
import { HcpTerraformClient } from "../../../scripts/hcp-terraform/client.ts";
import { toDesiredProjects } from "../../../scripts/hcp-terraform/desired-state.ts";
import { reconcile } from "../../../scripts/hcp-terraform/reconcile.ts";
import type { JsonObject, Stack } from "../../../scripts/terraform/synthesis.ts";
import { FakeHcpTerraform } from "../../support/hcp-terraform.ts";

const name = (stack: string) => `ecobeat-staging-${stack}`;

function stack(of: string, dependencies: readonly string[], rest: JsonObject = {}): Stack {
  const provider = of === "database" ? { mongodbatlas: {} } : {};
  return {
    name: name(of),
    folder: "",
    dependencies: dependencies.map(name),
    configuration: {
      terraform: {
        cloud: { organization: "ecobeat", workspaces: { name: name(of), project: "ecobeat-staging" } },
        required_version: "~> 1.11",
        required_providers: { aws: {}, ...provider },
      },
      provider: { aws: [{ allowed_account_ids: ["111122223333"] }] },
      data: {
        terraform_remote_state: dependencies.includes("foundation")
          ? { read: { config: { workspaces: { name: name("foundation") } } } }
          : {},
      },
      ...rest,
    },
  };
}

const role = (phase: string) => ({ name: name(`deploy-${phase}`), path: "/deploy/" });
const stacks = [
  stack("foundation", [], { resource: { aws_iam_role: { plan: role("plan"), apply: role("apply") } } }),
  stack("database", ["foundation"]),
  stack("edge", ["foundation", "database"]),
];

describe("workspaces in HCP Terraform", () => {
  let api: FakeHcpTerraform;
  beforeEach(async () => {
    api = await FakeHcpTerraform.start();
  });
  afterEach(() => api.stop());

  async function run({ dryRun = false, local = [] as string[], token = api.token } = {}) {
    const client = new HcpTerraformClient({ baseUrl: api.baseUrl, token }, async () => {});
    const changes = new Changes(dryRun, () => {});
    const [project] = toDesiredProjects(stacks, local);
    const left = await reconcile(project!, client, changes);
    return { changed: changes.made.map(({ subject, text }) => `${subject}: ${text}`), left };
  }
  const workspace = (of: string) => api.find("workspaces", name(of));

  it("makes all of it, then finds nothing to change", async () => {
    const { changed } = await run();
    expect(changed).to.have.lengthOf(9);
    expect(workspace("edge").attributes).to.include({
      "execution-mode": "remote",
      "auto-apply": false,
      "global-remote-state": false,
      "terraform-version": "~> 1.11",
    });
    expect(workspace("foundation").relationships.consumers?.data).to.deep.equal(
      ["database", "edge"].map((of) => ({ type: "workspaces", id: workspace(of).id })),
    );
    expect(api.find("vars", "TFC_AWS_PLAN_ROLE_ARN").attributes).to.include({
      value: "arn:aws:iam::111122223333:role/deploy/ecobeat-staging-deploy-plan",
      category: "env",
    });
    expect((await run()).changed).to.deep.equal([]);
  });

  it("shares the state of one that others only wait for with nobody", async () => {
    await run();
    expect(workspace("database").relationships.consumers).to.equal(undefined);
  });

  for (const [what, disturb] of [
    ["another version", () => Object.assign(workspace("edge").attributes, { "terraform-version": "1.9.0" })],
    ["applies by itself", () => Object.assign(workspace("edge").attributes, { "auto-apply": true })],
    ["local runs", () => Object.assign(workspace("edge").attributes, { "execution-mode": "local" })],
    ["a state for all", () => Object.assign(workspace("edge").attributes, { "global-remote-state": true })],
    [
      "another project",
      () => {
        const project = api.add("projects", { name: "Default Project" });
        workspace("edge").relationships.project = { data: project };
      },
    ],
    [
      "a stranger that reads the state",
      () => {
        const stranger = api.add("workspaces", { name: "stranger" });
        workspace("edge").relationships.consumers = { data: [stranger] };
      },
    ],
    [
      "nobody who reads the state",
      () => {
        workspace("foundation").relationships.consumers = { data: [] };
      },
    ],
    ["a trigger less", () => api.remove(api.entities.find(({ type }) => type === "run-triggers")!)],
    [
      "a trigger more",
      () => api.add("run-triggers", { "sourceable-name": "x" }, { owner: { data: workspace("edge") } }),
    ],
    [
      "another role",
      () => Object.assign(api.find("vars", "TFC_AWS_APPLY_ROLE_ARN").attributes, { value: "x" }),
    ],
    ["a variable less", () => api.remove(api.find("vars", "TFC_AWS_PROVIDER_AUTH"))],
    [
      "variables for all",
      () => Object.assign(api.find("varsets", name("deploy-roles")).attributes, { global: true }),
    ],
  ] as const) {
    it(`puts right: ${what}`, async () => {
      await run();
      disturb();
      const { changed } = await run({ dryRun: true });
      expect(changed).to.have.lengthOf(1);
      expect((await run()).changed).to.deep.equal(changed);
      expect((await run()).changed).to.deep.equal([]);
    });
  }

  it("changes nothing in a dry run", async () => {
    expect((await run({ dryRun: true })).changed).to.have.lengthOf(9);
    expect(api.writtenPaths).to.deep.equal([]);
  });

  it("leaves alone what belongs to no stack", async () => {
    const stranger = api.add("workspaces", { name: "stranger", "auto-apply": true });
    const before = structuredClone(stranger);
    await run();
    expect(stranger).to.deep.equal(before);
    expect(api.writtenPaths.filter((write) => write.includes(stranger.id))).to.deep.equal([]);
  });

  it("says which secrets people must set, and which of them anybody could read", async () => {
    const { left } = await run();
    expect(left.map(({ text }) => text).join()).to.match(/lacks MONGODB_ATLAS_PUBLIC_API_KEY/);
    const owner = { owner: { data: workspace("database") } };
    api.add("vars", { key: "MONGODB_ATLAS_PUBLIC_API_KEY", category: "env", sensitive: true }, owner);
    api.add("vars", { key: "MONGODB_ATLAS_PRIVATE_API_KEY", category: "env", sensitive: false }, owner);
    const again = (await run()).left;
    expect(again).to.have.lengthOf(1);
    expect(again[0]?.text).to.match(/shows .*PRIVATE/);
  });

  it("lets one stack be deployed with somebody's own credentials, and takes that back", async () => {
    await run({ local: [name("foundation")] });
    expect(workspace("foundation").attributes["execution-mode"]).to.equal("local");
    expect((await run()).changed).to.have.lengthOf(1);
    expect(() => toDesiredProjects(stacks, ["edge"])).to.throw("is none of the stacks");
  });

  it("goes on where it was interrupted", async () => {
    for (const reads of [2, 5, 9, 14]) {
      api.failures.push(...Array<number>(reads).fill(0), 500);
      await run().catch(() => {});
    }
    await run();
    expect((await run()).changed).to.deep.equal([]);
    expect(api.entities.filter(({ type }) => type === "run-triggers")).to.have.lengthOf(3);
  });

  it("waits where it was too fast", async () => {
    api.failures.push(429, 429);
    expect((await run()).changed).to.have.lengthOf(9);
  });

  for (const [status, advice] of [
    [401, /token is unknown.*terraform login/],
    [403, /token may not see it/],
    [422, /Correct what its message names/],
    [503, /status.hashicorp.com/],
  ] as const) {
    it(`says what to do at ${status}`, async () => {
      api.failures.push(status);
      const error = await run().catch((reason: Error) => reason);
      expect(error).to.be.instanceOf(Error);
      expect((error as Error).message)
        .to.include(`with ${status}`)
        .and.match(advice);
    });
  }

  it("says what to do when the token has no calls left, or the organization is not there", async () => {
    api.failures.push(429, 429, 429, 429, 429);
    expect(((await run().catch((reason) => reason)) as Error).message).to.match(/in a minute/);
    api.failures.push(404);
    expect(((await run().catch((reason) => reason)) as Error).message).to.match(/no organization ecobeat/);
  });
});
