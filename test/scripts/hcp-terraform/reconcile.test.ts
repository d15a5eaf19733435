import { expect } from "chai";
import { HcpTerraformClient } from "../../../scripts/hcp-terraform/client.ts";
import { toDesiredProjects } from "../../../scripts/hcp-terraform/desired-state.ts";
import { reconcile } from "../../../scripts/hcp-terraform/reconcile.ts";
import { createReconciliation } from "../../../scripts/hcp-terraform/reconciliation.ts";
import type { JsonObject, Stack } from "../../../scripts/terraform/synthesis.ts";
import { expectCode } from "../../support/errors.ts";
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

const role = (phase: string) => ({ name: name(`deploy-${phase}-eu-west-1`), path: "/deploy/" });
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

  async function run({ dryRun = false, local = [] as string[] } = {}) {
    const client = new HcpTerraformClient({ baseUrl: api.baseUrl, token: api.token }, async () => {});
    const reconciliation = createReconciliation(client, dryRun, () => {});
    const [project] = toDesiredProjects(stacks, local);
    const manual = await reconcile(project!, reconciliation);
    return { changes: reconciliation.changes.map(({ subject, text }) => `${subject}: ${text}`), manual };
  }
  const find = (of: string) => api.find("workspaces", name(of));
  const edge = (attributes: object) => () => Object.assign(find("edge").attributes, attributes);
  const consumers = (of: string, data: unknown) => {
    find(of).relationships.consumers = { data };
  };

  it("creates everything, except in a dry run, then finds nothing to change", async () => {
    expect((await run({ dryRun: true })).changes).to.have.lengthOf(9);
    expect(api.writtenPaths).to.deep.equal([]);
    expect((await run()).changes).to.have.lengthOf(9);
    expect(find("edge").attributes).to.include({
      "execution-mode": "remote",
      "auto-apply": false,
      "global-remote-state": false,
      "terraform-version": "~> 1.11",
    });
    expect(find("foundation").relationships.consumers?.data).to.deep.equal(
      ["database", "edge"].map((of) => ({ type: "workspaces", id: find(of).id })),
    );
    expect(find("database").relationships.consumers).to.equal(undefined);
    expect(api.find("vars", "TFC_AWS_PLAN_ROLE_ARN").attributes).to.include({
      value: "arn:aws:iam::111122223333:role/deploy/ecobeat-staging-deploy-plan-eu-west-1",
      category: "env",
    });
    expect((await run()).changes).to.deep.equal([]);
  });

  const cases: [what: string, disturb: () => void][] = [
    ["another version of Terraform", edge({ "terraform-version": "1.9.0" })],
    ["automatic applies", edge({ "auto-apply": true })],
    ["local execution", edge({ "execution-mode": "local" })],
    ["a state shared with all", edge({ "global-remote-state": true })],
    [
      "another project",
      () => {
        find("edge").relationships.project = { data: api.add("projects", { name: "Default Project" }) };
      },
    ],
    ["an unknown consumer", () => consumers("edge", [api.add("workspaces", { name: "unknown" })])],
    ["a missing consumer", () => consumers("foundation", [])],
    ["a missing trigger", () => api.remove(api.entities.find(({ type }) => type === "run-triggers")!)],
    [
      "an unknown trigger",
      () => api.add("run-triggers", { "sourceable-name": "x" }, { owner: { data: find("edge") } }),
    ],
    ["another role", () => Object.assign(api.find("vars", "TFC_AWS_APPLY_ROLE_ARN").attributes, { value: "x" })],
    ["a missing variable", () => api.remove(api.find("vars", "TFC_AWS_PROVIDER_AUTH"))],
    ["variables for all", () => Object.assign(api.find("varsets", name("deploy-roles")).attributes, { global: true })],
  ];
  for (const [what, disturb] of cases) {
    it(`corrects ${what}`, async () => {
      await run();
      disturb();
      const { changes } = await run({ dryRun: true });
      expect(changes).to.have.lengthOf(1);
      expect((await run()).changes).to.deep.equal(changes);
      expect((await run()).changes).to.deep.equal([]);
    });
  }

  it("does not touch what belongs to no stack", async () => {
    const unknown = api.add("workspaces", { name: "unknown", "auto-apply": true });
    const before = structuredClone(unknown);
    await run();
    expect(unknown).to.deep.equal(before);
    expect(api.writtenPaths.filter((path) => path.includes(unknown.id))).to.deep.equal([]);
  });

  it("reports missing secrets, and those that are not sensitive", async () => {
    const { manual } = await run();
    expect(manual.map(({ text }) => text).join()).to.match(/has no MONGODB_ATLAS_PUBLIC_API_KEY/);
    const owner = { owner: { data: find("database") } };
    api.add("vars", { key: "MONGODB_ATLAS_PUBLIC_API_KEY", category: "env", sensitive: true }, owner);
    api.add("vars", { key: "MONGODB_ATLAS_PRIVATE_API_KEY", category: "env", sensitive: false }, owner);
    const again = (await run()).manual;
    expect(again).to.have.lengthOf(1);
    expect(again[0]?.text).to.match(/exposes .*PRIVATE/);
  });

  it("sets a stack to local execution, and back", async () => {
    await run({ local: [name("foundation")] });
    expect(find("foundation").attributes["execution-mode"]).to.equal("local");
    expect((await run()).changes).to.have.lengthOf(1);
    await expectCode("unknown-stack", () => toDesiredProjects(stacks, ["edge"]));
  });

  it("continues after an interruption", async () => {
    for (const reads of [2, 5, 9, 14]) {
      api.failures.push(...Array<number>(reads).fill(0), 500);
      await run().catch(() => {});
    }
    await run();
    expect((await run()).changes).to.deep.equal([]);
    expect(api.entities.filter(({ type }) => type === "run-triggers")).to.have.lengthOf(3);
  });

  it("waits when it is throttled, up to four times", async () => {
    api.failures.push(429, 429, 429, 429);
    expect((await run()).changes).to.have.lengthOf(9);
    api.failures.push(429, 429, 429, 429, 429);
    await expectCode("hcp-terraform-rate-limited", run);
  });

  it("reports a missing organization", async () => {
    api.failures.push(404);
    await expectCode("hcp-terraform-organization-not-found", run);
  });
});
