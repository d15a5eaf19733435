import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { variables } from "../../service/contract.ts";
import { foreignEvents } from "../support/foreign-events.ts";
import { type SesServer, startSesServer, toSqsEvent } from "../support/ses-server.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the sender of mails, from the archive of accounts", () => {
  const archive = new UnzippedArchive("accounts");
  let ses: SesServer;
  before(async () => {
    ses = await startSesServer(({ EmailTags: [kind] }) => (kind!.Value === "email-changed" ? 503 : "sent"));
  });
  after(() => ses.stop());

  const getEnvironment = () => ({
    ...functionEnvironment("staging", process.env.AWS_ENDPOINT_URL_SESV2!),
    [variables.mailFrom]: "no-reply@api.test",
    [variables.mailConfigurationSet]: "ecobeat-staging",
    [variables.mailsPerSecond]: "100",
  });

  describeOnEachNode((getNode) => {
    it("sends the mails of a batch, and returns those that SQS has to deliver again", async () => {
      const to = "ann@example.com";
      const event = toSqsEvent({ kind: "password-changed", to }, { kind: "none" }, { kind: "email-changed", to });
      const call = `index.sendMails(${JSON.stringify(event)}, context)`;
      const { failure, result, log } = await archive.evaluate(call, getEnvironment(), getNode());
      expect(failure).to.equal(undefined);
      expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: "message-2" }] });
      expect(log.map(({ message }) => message)).to.deep.equal(["mail sent", "mail not sent"]);
    });

    it("refuses any other event than a batch of SQS", async () => {
      const events = foreignEvents.filter(({ name }) => name !== "a message of a queue");
      const calls = events.map(({ event }) => `index.sendMails(${JSON.stringify(event)}, context)`);
      const outcomes = await archive.evaluateEach(calls, getEnvironment(), getNode());
      for (const [index, { name, kind }] of events.entries()) {
        const { failure, log } = outcomes[index]!;
        expect(failure, name).to.equal(undefined);
        expect(
          log.map(({ message, event_kind }) => [message, event_kind]),
          name,
        ).to.deep.equal([["unsupported event", kind]]);
      }
    });

    it("fails without its variables, so that the mails stay in the queue", async () => {
      const call = `index.sendMails(${JSON.stringify(toSqsEvent({ kind: "none" }))}, context)`;
      const { failure } = await archive.evaluate(call, functionEnvironment("staging", ""), getNode());
      expect(failure).to.contain("MAIL_FROM is not set");
    });
  });
});
