import { expect } from "chai";
import { operatorArn } from "../support/call-every-support-action.ts";
import { toFunctionUrlEvent } from "../support/function-url.ts";
import { deployService, describeDeployed } from "./deployment.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the support function in the archive", () => {
  const archive = new UnzippedArchive("accounts");
  const call = (userArn: string | undefined) => {
    const request = { action: "find", email: "stranger@example.com", reason: "TICKET-4711" };
    return `index.support(${JSON.stringify(toFunctionUrlEvent(userArn, { body: JSON.stringify(request) }))}, context)`;
  };

  it("refuses a caller that Lambda has not authenticated, and connects to nothing", async () => {
    const environment = {
      ECOBEAT_ENVIRONMENT: "nowhere",
      API_URL: "https://api.test",
      MAIL_QUEUE_URL: "http://127.0.0.1:9/queue",
    };
    const { result } = await archive.evaluate(call(undefined), environment);
    expect(result.statusCode).to.equal(403);
  });

  describeDeployed(["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"], deployService, (getDeployment) => {
    it("finds the database by its parameter, writes the entry, and answers", async () => {
      const { environment } = getDeployment();
      const { result, log } = await archive.evaluate(call(operatorArn), {
        ...environment,
        MAIL_QUEUE_URL: "http://127.0.0.1:9/queue",
      });
      expect(result.statusCode, JSON.stringify(log)).to.equal(404);
      const [entry, outcome] = log.filter(({ message }) => message.startsWith("audit"));
      expect([entry.audit_entry, outcome.outcome]).to.deep.equal(["id", "failed"]);
    });
  });
});
