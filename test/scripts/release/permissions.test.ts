import { expect } from "chai";
import { releaseStatements } from "../../../stacks/deploy-permissions/workflow-permissions.ts";
import { toAwsAction } from "../../support/aws-actions.ts";
import { describeWith } from "../../support/real-services.ts";
import { opsProcess } from "../run-ops.ts";
import { findDeniedRequests, toReleaseTarget } from "./denied-requests.ts";
import { type ReleasedEnvironment, useReleasedEnvironment } from "./released-environment.ts";

describeWith("AWS_ENDPOINT_URL", "the role of releases", () => {
  const getEnvironment = useReleasedEnvironment();
  let { staging, release, writeArchive } = {} as ReleasedEnvironment;
  beforeEach(() => {
    ({ staging, release, writeArchive } = getEnvironment());
  });

  it("may make each request of release, rollback, status and migrate", async () => {
    const { requests } = staging.aws;
    requests.length = 0;
    const options = ["--environment", "staging"];
    const released = await release("new", "--pre-traffic-archive", await writeArchive("hook"));
    expect(released.code, released.output).to.equal(0);
    staging.setCanary(() => false);
    const stopped = release("newer");
    while ((await staging.getLiveVersions()).join() !== "2+3,2+3") await new Promise(setImmediate);
    // On a busy machine the stopped release rolls back first, and the rollback says so.
    expect((await opsProcess(["rollback", ...options, "--yes"])).output).to.match(
      /shifted from|Another user has updated/,
    );
    expect((await stopped).code).to.equal(1);
    expect((await opsProcess(["status", ...options, "--history"])).code).to.equal(0);
    expect((await opsProcess(["migrate", ...options])).code).to.equal(0);

    const actions = requests.flatMap((request) => toAwsAction(request)?.action ?? []);
    expect(actions).to.include.members(["lambda:UpdateFunctionCode", "codedeploy:StopDeployment", "logs:PutLogEvents"]);
    const target = toReleaseTarget("staging");
    const findDenied = (sent: typeof requests) => findDeniedRequests(target, releaseStatements(target), sent);
    expect(findDenied(requests)).to.deep.equal([]);
    const download = { method: "GET", url: "/2015-03-31/functions/ecobeat-staging-migrate" };
    expect(findDenied([download])).to.deep.equal(["lambda:GetFunction function:ecobeat-staging-migrate"]);
  });
});
