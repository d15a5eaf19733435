import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { SqsMailQueue } from "../../../service/cloud/sqs-mail-queue.ts";
import type { Mail, NoMail } from "../../../service/mail/mail.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { parseEmbeddedMetrics } from "../../support/embedded-metrics.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson, startService, type TestService, testConfig } from "../../support/service.ts";
import { createSender, toSqsEvent } from "../../support/ses-server.ts";
import { toSendMessageReply } from "../../support/sqs-reply.ts";
import { awsAt, setVariables } from "../../support/variables.ts";
import { startAwsService } from "../faults/aws.ts";
import { FaultSwitch } from "../faults/fault-switch.ts";
import { faults } from "../faults/names.ts";
import type { FaultyServer } from "../faults/proxy.ts";

/** What `MailsQueued` and `MailsNotQueued` count in lines of the log. */
const countMails = (lines: readonly Record<string, unknown>[]) =>
  lines
    .flatMap(parseEmbeddedMetrics)
    .filter(({ name }) => name.startsWith("Mails"))
    .map(({ name, values }) => `${name} ${values}`);

describe("While the queue of mails fails", () => {
  const sqs = new FaultSwitch("SQS");
  const queued: (Mail | NoMail)[] = [];
  let server: FaultyServer;
  let restore: () => void;
  let service: TestService;
  before(async () => {
    const error = { status: 500, __type: "com.amazon.sqs#InternalError" };
    const respond = (_action: string, { MessageBody }: Record<string, unknown>) => {
      queued.push(JSON.parse(String(MessageBody)));
      return toSendMessageReply(MessageBody);
    };
    server = await startAwsService({ respond, error }, sqs);
    const url = `http://127.0.0.1:${server.port}`;
    restore = setVariables(awsAt(url));
    // Long enough for a healthy queue on a busy machine.
    const waitMs = 250;
    const timeouts = { ...defaultTimeouts, awsConnect: waitMs, awsRequest: waitMs, awsCall: waitMs, mailQueue: waitMs };
    const queue = new SqsMailQueue(`${url}/123456789012/ecobeat-test-mails`, timeouts);
    service = await startService({ mails: async () => queue }, {}, Date.now, undefined, timeouts);
  });
  after(async () => {
    await service.stop();
    restore();
    server.close();
  });

  const register = async () => {
    const person = newPerson();
    return { person, response: await service.send("POST", "/v1/auth/register", { body: person }) };
  };
  const reset = async (email: string) => {
    service.lines.length = 0;
    const { status, body, headers } = await service.send("POST", "/v1/auth/password-reset", { body: { email } });
    const names = [...headers.keys()].filter((name) => !/^(date|x-request-id)$/.test(name)).sort();
    return { response: { status, body, names }, counts: countMails(service.lines) };
  };

  // SQS has no replies like MongoDB's.
  for (const fault of faults.filter((each) => each !== "ok: 0" && each !== "slow")) {
    it(`${fault}: accounts are created and resets accepted as always, and the mails are counted`, async () => {
      const healthy = await register();
      expect(healthy.response.status).to.equal(201);
      expect(queued.at(-1)).to.deep.include({ kind: "email-verification", to: healthy.person.email });
      const [known, unknown] = [await reset(healthy.person.email), await reset(newPerson().email)];
      expect(known).to.deep.equal(unknown);
      expect(known.counts).to.deep.equal(["MailsQueued 1"]);

      sqs.set("warm", fault);
      expect((await register()).response.status).to.equal(201);
      for (const email of [healthy.person.email, newPerson().email]) {
        expect(await reset(email)).to.deep.equal({ ...known, counts: ["MailsNotQueued 1"] });
        expect(service.lines.filter(({ message }) => message === "a mail was not queued")).to.have.length(1);
        expect(JSON.stringify(service.lines)).to.not.contain(email).and.not.contain("token=");
      }
      await sqs.end();

      expect(await reset(healthy.person.email)).to.deep.equal(known);
    });
  }
});

describe("While the queue of mails never responds", () => {
  it("requests wait for it no longer than its own limit", async () => {
    const timeouts = { ...defaultTimeouts, mailQueue: 20 };
    const mails = async () => ({ put: () => new Promise<void>(() => {}) });
    await using service = await startService({ mails }, {}, Date.now, undefined, timeouts);
    expect((await service.send("POST", "/v1/auth/register", { body: newPerson() })).status).to.equal(201);
    expect(countMails(service.lines)).to.deep.equal(["MailsNotQueued 1"]);
    const { cause } = service.lines.find(({ message }) => message === "a mail was not queued")!;
    expect(cause).to.have.property("message", "the queue of mails did not respond within 20 ms");
  });
});

describeWith("AWS_ENDPOINT_URL", "A mail, through an emulated SQS and SES", () => {
  it("is sent once, and what takes the place of another is not", async () => {
    const client = new SQSClient({});
    const name = `ecobeat-test-mails-${process.pid}`;
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
    const domain = `queue-${process.pid}.test`;
    await new SESv2Client({}).send(new CreateEmailIdentityCommand({ EmailIdentity: domain }));
    const queue = new SqsMailQueue(QueueUrl!, defaultTimeouts);
    const service = await startService({ mails: async () => queue });
    try {
      const person = newPerson();
      await service.send("POST", "/v1/auth/register", { body: person });
      await service.send("POST", "/v1/auth/password-reset", { body: { email: newPerson().email } });
      const bodies: string[] = [];
      while (bodies.length < 2) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        bodies.push(...Messages.map(({ Body }) => Body!));
      }
      const { sender, lines } = createSender({ apiUrl: testConfig.apiUrl, mailFrom: `no-reply@${domain}` });
      const result = await sender.send(toSqsEvent(...bodies), { getRemainingTimeInMillis: () => 60_000 });
      expect(result).to.deep.equal({ batchItemFailures: [] });
      expect(lines.map(({ message, kind }) => [message, kind])).to.deep.equal([["mail sent", "email-verification"]]);
    } finally {
      await service.stop();
      await client.send(new DeleteQueueCommand({ QueueUrl }));
    }
  });
});
