import { expect } from "chai";
import { useSuiteFolder } from "../../support/temporary-folder.ts";
import { expectRefusal } from "../run-ops.ts";
import { FakeClouds } from "./fake-clouds.ts";

describe("the life of a preview", function () {
  this.timeout(300_000);
  const folder = useSuiteFolder();
  const clouds = new FakeClouds();
  before(() => clouds.start(folder()));
  after(() => clouds.stop());
  beforeEach(() => clouds.events.splice(0));

  it("begins with a workspace of local execution, the resources and the indexes", async () => {
    const { code, output, stdout } = await clouds.ops(["preview", "create", "42"]);
    expect(code, output).to.equal(0);
    expect(stdout)
      .to.match(/^created ecobeat-pr-42, which expires at \d{4}-/m)
      .and.contain("URL: https://new.execute-api.test/live\nX-Api-Key: key\n");
    expect(clouds.events).to.deep.equal([
      "workspace ecobeat-pr-42-service created",
      "terraform init",
      "terraform apply",
      "ecobeat-pr-42-migrate invoked with {}",
    ]);
    expect(clouds.created).to.deep.equal([
      {
        type: "workspaces",
        attributes: {
          name: "ecobeat-pr-42-service",
          description: "Preview of pull request 42",
          "execution-mode": "local",
        },
        relationships: { project: { data: { type: "projects", id: "prj-1" } } },
      },
    ]);
  });

  it("goes on with another deployment, which extends the expiry", async () => {
    const variables = { API_URL: "https://old.execute-api.test/live" };
    clouds.functions.set("ecobeat-pr-42-api", { variables, tags: { expires: "2020-01-01T00:00:00Z" } });
    const { stdout } = await clouds.ops(["preview", "create", "42", "--json"]);
    const result = JSON.parse(stdout);
    expect(result).to.include({ outcome: "updated", url: "https://new.execute-api.test/live", apiKey: "key" });
    expect(clouds.functions.get("ecobeat-pr-42-api")!.tags.expires).to.equal(result.expiresAt);
    expect(Date.parse(result.expiresAt)).to.be.greaterThan(Date.now());
    expect(clouds.events).to.deep.equal(["terraform init", "terraform apply", "ecobeat-pr-42-migrate invoked with {}"]);
  });

  it("survives a destruction that Terraform does not complete", async () => {
    clouds.failing = "destroy";
    const refusal = clouds.ops(["preview", "destroy", "42", "--yes"]);
    await expectRefusal(refusal, "[preview-terraform-failed]", "Error: no credentials");
    clouds.failing = "";
    expect([...clouds.workspaces.keys()]).to.deep.equal(["ecobeat-pr-42-service"]);
  });

  it("ends with its data, its resources and its workspace, in this order, when its pull request is closed", async () => {
    clouds.closed.add(42);
    const { code, output, stdout } = await clouds.ops(["preview", "clean", "--yes"], { GH_TOKEN: "token" });
    expect(code, output).to.equal(0);
    expect(stdout)
      .to.contain("ecobeat-pr-42: deleted 3 users and 2 collections\n")
      .and.contain("ecobeat-pr-42: 83 resources destroyed\n")
      .and.match(/^destroyed ecobeat-pr-42: pull request closed$/m);
    expect(clouds.events).to.deep.equal([
      "ecobeat-pr-42-auth limited to 0",
      "ecobeat-pr-42-api limited to 0",
      'ecobeat-pr-42-migrate invoked with {"erase":"ecobeat-pr-42"}',
      "terraform init",
      "terraform destroy",
      "workspace ecobeat-pr-42-service deleted",
    ]);
    expect([clouds.workspaces.size, clouds.functions.size]).to.deep.equal([0, 0]);
  });
});
