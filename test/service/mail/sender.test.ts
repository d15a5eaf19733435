import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { expect } from "chai";
import { toLink } from "../../../service/contract.ts";
import type { Mail, MailKind } from "../../../service/mail/mail.ts";
import { senderTimeouts } from "../../../service/mail/sender.ts";
import { parseEmbeddedMetrics } from "../../support/embedded-metrics.ts";
import { describeWith } from "../../support/real-services.ts";
import {
  createSender,
  type SesResponse,
  type SesServer,
  startSesServer,
  toSqsEvent,
} from "../../support/ses-server.ts";
import { shortTimeouts } from "../../support/short-timeouts.ts";

const token = "jJ3xJ6p0mR9QmYwq1h2v3b4n5m6k7l8p9o0i1u2y3t4";
const to = "Ann.Lee@example.com";
const withLink = {
  to,
  link: toLink("https://api.test", "reset-password", token),
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
};
const mails: readonly Mail[] = [
  { kind: "email-verification", ...withLink },
  { kind: "password-reset", ...withLink },
  { kind: "email-change", ...withLink },
  { kind: "email-change-requested", to },
  { kind: "email-changed", to },
  { kind: "password-changed", to },
];

const aMinuteLeft = { getRemainingTimeInMillis: () => 60_000 };

/** The names of the metrics that lines count. */
const countMetrics = (lines: readonly Record<string, unknown>[]) =>
  lines.flatMap(parseEmbeddedMetrics).map(({ name, values }) => `${name} ${values}`);

describe("The sender of mails", () => {
  let ses: SesServer;
  afterEach(() => ses.stop());

  /** Sends a batch. @returns the ids of the messages that failed, and the log */
  async function send(
    bodies: Parameters<typeof toSqsEvent>,
    respond?: Parameters<typeof startSesServer>[0],
    options?: Parameters<typeof createSender>[0],
    invocation = aMinuteLeft,
  ) {
    ses = await startSesServer(respond);
    const { sender, lines } = createSender(options);
    const { batchItemFailures } = await sender.send(toSqsEvent(...bodies), invocation);
    for (const secret of [token, "Ann", "example.com"]) expect(JSON.stringify(lines)).to.not.contain(secret);
    return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines };
  }

  it("sends each kind of mail, with its text, its tag and the configuration set", async () => {
    const { failed, lines } = await send([...mails]);
    expect(failed).to.deep.equal([]);
    expect(ses.mails).to.have.length(mails.length);
    for (const [index, mail] of mails.entries()) {
      const { Content, ...sent } = ses.mails[index]!;
      expect(sent).to.deep.equal({
        FromEmailAddress: '"Ecobeat" <no-reply@api.test>',
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: "ecobeat-test",
        EmailTags: [{ Name: "kind", Value: mail.kind }],
      });
      const { Text, Html } = Content.Simple.Body;
      for (const { Data } of [Text, Html]) expect(Data.includes(withLink.link), mail.kind).to.equal("link" in mail);
      expect(Content.Simple.Headers).to.deep.equal([{ Name: "Auto-Submitted", Value: "auto-generated" }]);
    }
    expect(
      lines.map(({ message, kind, message_id, ses_message_id }) => [message, kind, message_id, ses_message_id]),
    ).to.deep.equal(mails.map(({ kind }, index) => ["mail sent", kind, `message-${index}`, `ses-${index + 1}`]));
    expect(countMetrics(lines)).to.deep.equal(mails.map(() => "MailsSent 1"));
  });

  it("discards what took the place of a mail", async () => {
    const { failed, lines } = await send([{ kind: "none" }]);
    expect([failed, lines, ses.mails]).to.deep.equal([[], [], []]);
  });

  it("drops a mail whose link has expired, with a metric", async () => {
    const expired: Mail = { kind: "password-reset", ...withLink, expiresAt: new Date(Date.now() - 1).toISOString() };
    const { failed, lines } = await send([expired]);
    expect(failed).to.deep.equal([]);
    expect(ses.mails).to.deep.equal([]);
    expect(countMetrics(lines)).to.deep.equal(["MailsExpired 1"]);
  });

  for (const [title, body] of [
    ["no JSON", `{"kind":"password-changed","to":"${to}"`],
    ["an unknown kind", JSON.stringify({ kind: "newsletter", to })],
    ["a name of Object.prototype as its kind", JSON.stringify({ kind: "constructor", to })],
    ["no recipient", JSON.stringify({ kind: "password-changed" })],
    ["no address as its recipient", JSON.stringify({ kind: "password-changed", to: "Ann.Lee" })],
    ["two recipients", JSON.stringify({ kind: "password-changed", to: `${to}, ${to}` })],
    ["a line break in its recipient", JSON.stringify({ kind: "password-changed", to: `${to}\r\nBcc: x@example.org` })],
    ["no link", JSON.stringify({ ...mails[1], link: undefined })],
    ["a link to another host", JSON.stringify({ ...mails[1], link: `https://evil.test/links/?token=${token}` })],
    [
      "a link that begins like ours",
      JSON.stringify({ ...mails[1], link: `https://api.test.evil.test/?token=${token}` }),
    ],
    ["no time as its end", JSON.stringify({ ...mails[1], expiresAt: "tomorrow" })],
    ["text of its own", JSON.stringify({ ...mails[1], text: "Buy!" })],
  ] as const) {
    it(`fails a message alone that has ${title}, and does not log its content`, async () => {
      const { failed, lines } = await send([body, { kind: "password-changed", to }]);
      expect(failed).to.deep.equal(["message-0"]);
      expect(ses.mails).to.have.length(1);
      expect(lines[0]).to.include({ level: "error", message: "malformed mail in the queue", message_id: "message-0" });
      expect(countMetrics(lines)).to.deep.equal(["MailsFailed 1", "MailsSent 1"]);
    });
  }

  it("sends links of previews only where there are some", async () => {
    const api = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    const links = [
      toLink(`${api}/live`, "reset-password", token),
      `${api}/links/reset-password?token=${token}`,
      toLink(`${api}.evil.test/live`, "reset-password", token),
      toLink("https://evil.test/x.execute-api.eu-west-1.amazonaws.com/live", "reset-password", token),
    ].map((link): Mail => ({ kind: "password-reset", ...withLink, link }));
    const on = await send([...links, mails[1]!], undefined, { mailPreviews: "on" });
    expect(on.failed).to.deep.equal(["message-1", "message-2", "message-3"]);
    ses.stop();
    const off = await send([...links, mails[1]!]);
    expect(off.failed).to.deep.equal(["message-0", "message-1", "message-2", "message-3"]);
  });

  it("addresses a domain in Punycode, and drops a mail to a local part that SES does not support", async () => {
    const { failed, lines } = await send([
      { kind: "password-changed", to: "Ann.Lee@bücher.example.com" },
      { kind: "password-changed", to: "ａｎｎ@ｅxample．com" },
      { kind: "password-changed", to: "Änn@example.com" },
    ]);
    expect(failed).to.deep.equal([]);
    expect(ses.mails.map(({ Destination }) => Destination.ToAddresses)).to.deep.equal([
      ["Ann.Lee@xn--bcher-kva.example.com"],
      ["ann@example.com"],
    ]);
    expect(lines[2]).to.include({ message: "mail dropped: SES supports no such address" });
  });

  const batch: Mail[] = mails.slice(3);

  for (const error of ["MessageRejected", "BadRequestException"] as const) {
    it(`goes on after ${error}, which is about one mail`, async () => {
      const { failed, lines } = await send(batch, ({ EmailTags: [tag] }) =>
        tag!.Value === batch[0]!.kind ? error : "sent",
      );
      expect(failed).to.deep.equal(["message-0"]);
      expect(ses.mails).to.have.length(3);
      expect(lines[0]).to.include({ level: "error", message: "mail not sent", kind: batch[0]!.kind });
      expect(countMetrics(lines)).to.deep.equal(["MailsFailed 1", "MailsSent 1", "MailsSent 1"]);
    });
  }

  for (const reply of [
    "TooManyRequestsException",
    "ThrottlingException",
    "LimitExceededException",
    "AccountSuspendedException",
    "SendingPausedException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "AccessDeniedException",
    "InternalServiceErrorException",
    503,
    "drop",
  ] satisfies SesResponse[]) {
    it(`leaves the rest of the batch to SQS after ${reply}, which the next mail would meet, too`, async () => {
      let asked: MailKind | undefined;
      const { failed, lines } = await send(batch, ({ EmailTags: [tag] }) => {
        asked ??= tag!.Value as MailKind;
        return tag!.Value === batch[1]!.kind ? reply : "sent";
      });
      expect(asked).to.equal(batch[0]!.kind);
      expect(failed).to.deep.equal(["message-1", "message-2"]);
      expect(ses.mails.map(({ EmailTags: [tag] }) => tag!.Value)).to.not.include(batch[2]!.kind);
      expect(countMetrics(lines)).to.deep.equal(["MailsSent 1", "MailsFailed 1"]);
      expect(lines[1]).to.include({ level: "error", message: "mail not sent" });
      expect(lines[1]).to.have.nested.property("cause.message");
    });
  }

  it("leaves the batch to SQS after silence, which the next mail would meet, too", async () => {
    const { failed, lines } = await send(batch, () => "silence", { timeouts: shortTimeouts });
    expect(failed).to.deep.equal(["message-0", "message-1", "message-2"]);
    expect(countMetrics(lines)).to.deep.equal(["MailsFailed 1"]);
    expect(lines[0]).to.include({ level: "error", message: "mail not sent" });
    expect(lines[0]).to.have.nested.property("cause.message");
  });

  it("asks SES no more than twice, since SQS delivers the mail again", async () => {
    await send(batch, () => "TooManyRequestsException");
    expect(ses.mails).to.have.length(2);
  });

  it("sends a mail in the same invocation if only its connection ended", async () => {
    let isFirst = true;
    const { failed } = await send(batch.slice(0, 1), () => {
      const reply = isFirst ? "drop" : "sent";
      isFirst = false;
      return reply;
    });
    expect(failed).to.deep.equal([]);
    expect(ses.mails).to.have.length(2);
  });

  it("begins no mail that its time does not suffice for", async () => {
    const left = [60_000, 3_000, 3_000];
    const { failed, lines } = await send(batch, undefined, {}, { getRemainingTimeInMillis: () => left.shift()! });
    expect(failed).to.deep.equal(["message-1", "message-2"]);
    expect(ses.mails).to.have.length(1);
    expect(countMetrics(lines)).to.deep.equal(["MailsSent 1"]);
  });

  it("begins a mail only while a call of SES may take its whole time, with a margin", async () => {
    const leastMs = senderTimeouts.awsCall + senderTimeouts.requestMargin;
    const left = [leastMs, leastMs - 1];
    const { failed } = await send(batch.slice(0, 2), undefined, {}, { getRemainingTimeInMillis: () => left.shift()! });
    expect(failed).to.deep.equal(["message-1"]);
  });

  it("sends no faster than configured, also from one batch to the next", async () => {
    ses = await startSesServer();
    let now = Date.now();
    const pauses: number[] = [];
    const { sender } = createSender({
      mailsPerSecond: 4,
      clock: () => now,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
    });
    await sender.send(toSqsEvent(...batch), aMinuteLeft);
    now += 50;
    await sender.send(toSqsEvent(...batch.slice(1)), aMinuteLeft);
    now += 10_000;
    await sender.send(toSqsEvent(batch[0]!), aMinuteLeft);
    expect(pauses).to.deep.equal([250, 250, 200, 250]);
  });
});

describeWith("AWS_ENDPOINT_URL", "The sender of mails, with an emulated SES", () => {
  it("sends mails of a verified domain, and fails those of another", async () => {
    const domain = `mail-${process.pid}.test`;
    await new SESv2Client({}).send(new CreateEmailIdentityCommand({ EmailIdentity: domain }));
    for (const [mailFrom, failed, sent] of [
      [`no-reply@${domain}`, [], 3],
      [`no-reply@other.${domain}`, ["message-0", "message-1", "message-2"], 0],
    ] as const) {
      const { sender, lines } = createSender({ mailFrom });
      const { batchItemFailures } = await sender.send(toSqsEvent(...mails.slice(0, 3)), aMinuteLeft);
      expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).to.deep.equal(failed);
      expect(lines.filter(({ ses_message_id }) => typeof ses_message_id === "string")).to.have.length(sent);
    }
  });
});
