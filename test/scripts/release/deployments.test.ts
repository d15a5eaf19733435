import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { Deployments } from "../../../scripts/release/deployments.ts";
import { useServer } from "../../support/listen.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

describe("A deployment in progress", () => {
  const port = useServer(
    createServer(async (request, response) => {
      const { nextToken } = (await json(request)) as { nextToken?: string };
      const isList = String(request.headers["x-amz-target"]).endsWith(".ListDeployments");
      const page = nextToken === undefined ? { deployments: [], nextToken: "2" } : { deployments: ["d-1"] };
      const deploymentInfo = { deploymentId: "d-1", status: "InProgress", createTime: 1_700_000_000 };
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify(isList ? page : { deploymentInfo }));
    }),
  );
  let restore: () => void;
  before(() => {
    restore = setVariables(awsAt(`http://127.0.0.1:${port()}`));
  });
  after(() => restore());

  it("is found on any page: an empty one is not the last", async () => {
    expect(await new Deployments("staging").findInProgress("api")).to.include({ id: "d-1", status: "InProgress" });
  });
});
