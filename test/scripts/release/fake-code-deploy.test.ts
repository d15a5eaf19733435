import { LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { computeSha256, parseAppSpec, toAppSpec } from "../../../scripts/release/app-spec.ts";
import { FakeCodeDeploy } from "../../support/fake-code-deploy.ts";

describe("the fake of CodeDeploy", () => {
  const names = { applicationName: "ecobeat-staging", deploymentGroupName: "ecobeat-staging-api" };
  const content = toAppSpec("staging", { name: names.deploymentGroupName, alias: "live", from: 7, to: 8 });
  const toRevision = (text: string, sha256 = computeSha256(text)) => ({
    revisionType: "AppSpecContent",
    appSpecContent: { content: text, sha256 },
  });
  let codeDeploy: FakeCodeDeploy;
  const call = async (operation: string, input: object) => {
    const { status, body } = await codeDeploy.respond(operation, JSON.stringify(input));
    const output = JSON.parse(body);
    return status === 200 ? output : output.__type;
  };

  beforeEach(() => {
    codeDeploy = new FakeCodeDeploy({
      application: names.applicationName,
      groups: { [names.deploymentGroupName]: {} },
      lambda: new LambdaClient({ region: "eu-west-1", endpoint: "http://127.0.0.1:9", maxAttempts: 1 }),
    });
  });
  afterEach(() => codeDeploy.waitUntilIdle().catch(() => {}));

  it("accepts the AppSpec of a release, returns it, and allows one deployment per group", async () => {
    const { deploymentId } = await call("CreateDeployment", { ...names, revision: toRevision(content) });
    const { deploymentInfo } = await call("GetDeployment", { deploymentId });
    expect(parseAppSpec(deploymentInfo.revision)).to.include({ from: 7, to: 8 });
    expect(await call("CreateDeployment", { ...names, revision: toRevision(content) })).to.equal(
      "DeploymentLimitExceededException",
    );
  });

  it("refuses what CodeDeploy refuses", async () => {
    const spec = JSON.parse(content);
    const [resource] = spec.Resources;
    const broken = {
      "another hash": toRevision(content, computeSha256("")),
      "two functions": toRevision(JSON.stringify({ ...spec, Resources: [resource, resource] })),
      "two functions in one": toRevision(
        JSON.stringify({ ...spec, Resources: [{ ...resource, other: Object.values(resource)[0] }] }),
      ),
      "one version": toRevision(content.replace('"7"', '"8"')),
      "another version": toRevision(JSON.stringify({ ...spec, version: "1.0" })),
      "no AppSpec": { revisionType: "S3" },
    };
    for (const [what, revision] of Object.entries(broken)) {
      expect(await call("CreateDeployment", { ...names, revision }), what).to.equal(
        "InvalidRevisionException",
      );
    }
    expect(await call("CreateDeployment", names)).to.equal("RevisionRequiredException");
    const unknown = { ...names, applicationName: "other", revision: toRevision(content) };
    expect(await call("CreateDeployment", unknown)).to.equal("ApplicationDoesNotExistException");
    const group = { ...names, deploymentGroupName: "other", revision: toRevision(content) };
    expect(await call("CreateDeployment", group)).to.equal("DeploymentGroupDoesNotExistException");
    expect(await call("GetDeployment", { deploymentId: "1" })).to.equal("InvalidDeploymentIdException");
    expect(await call("GetDeployment", { deploymentId: "d-000000000" })).to.equal(
      "DeploymentDoesNotExistException",
    );
    expect(await call("ListDeployments", { ...names, includeOnlyStatuses: ["Running"] })).to.equal(
      "InvalidDeploymentStatusException",
    );
    expect(await call("GetDeployment", { deploymentId: "d-000000000", more: 1 })).to.equal(
      "ValidationException",
    );
    expect(await call("DeleteApplication", {})).to.equal("UnknownOperationException");
    expect(codeDeploy.deployments).to.deep.equal([]);
  });
});
