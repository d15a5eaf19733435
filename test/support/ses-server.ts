import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import type { SQSEvent } from "aws-lambda";
import type { Mail, NoMail } from "../../service/mail/mail.ts";
import { MailSender, type MailSenderOptions } from "../../service/mail/sender.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { listenHttp } from "./listen.ts";
import { setVariables } from "./variables.ts";

/** What SES does with a mail: takes it, fails with an error of its API, or does not respond. */
export type SesResponse = "sent" | `${string}Exception` | "MessageRejected" | "silence" | "drop" | number;

/** A mail as SES gets it. */
export interface SentMail {
  readonly FromEmailAddress: string;
  readonly Destination: { readonly ToAddresses: readonly string[] };
  readonly Content: {
    readonly Simple: {
      readonly Subject: { readonly Data: string };
      readonly Body: { readonly Text: { readonly Data: string }; readonly Html: { readonly Data: string } };
      readonly Headers: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
  readonly ConfigurationSetName: string;
  readonly EmailTags: readonly { readonly Name: string; readonly Value: string }[];
}

const statuses: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  InternalServiceErrorException: 500,
  NotFoundException: 404,
  ThrottlingException: 429,
  TooManyRequestsException: 429,
};

/** A fake SES whose responses a test chooses. */
export interface SesServer {
  /** The requests so far. */
  readonly mails: readonly SentMail[];
  stop(): void;
}

/** Starts a fake SES, and directs all new clients to it, until it stops. */
export async function startSesServer(respond: (mail: SentMail) => SesResponse = () => "sent"): Promise<SesServer> {
  const mails: SentMail[] = [];
  const server = createServer(async (request, response) => {
    const mail = (await json(request)) as SentMail;
    mails.push(mail);
    const reply = respond(mail);
    if (reply === "silence") return;
    if (reply === "drop") return void response.destroy();
    response.setHeader("content-type", "application/json");
    if (reply === "sent") return void response.end(JSON.stringify({ MessageId: `ses-${mails.length}` }));
    if (typeof reply === "number") return void response.writeHead(reply).end();
    // SES repeats addresses in its messages.
    const message = `Refused: ${mail.Destination.ToAddresses}`;
    response.writeHead(statuses[reply] ?? 400, { "x-amzn-errortype": reply }).end(JSON.stringify({ message }));
  });
  const restore = setVariables({
    AWS_ENDPOINT_URL_SESV2: await listenHttp(server),
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  return {
    mails,
    stop() {
      restore();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A sender of mails and its log lines. */
export function createSender(options: Partial<MailSenderOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const sender = new MailSender({
    apiUrl: "https://api.test",
    mailFrom: "no-reply@api.test",
    mailConfigurationSet: "ecobeat-test",
    mailsPerSecond: 1_000,
    log: jsonLogger((line) => lines.push(JSON.parse(line))),
    clock: Date.now,
    ...options,
  });
  return { sender, lines };
}

/** A batch of messages as Lambda gets it from SQS; a text is the body as it is. */
export const toSqsEvent = (...bodies: (Mail | NoMail | string)[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: "handle",
    body: typeof body === "string" ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1796000000000",
      SenderId: "AROAEXAMPLE",
      ApproximateFirstReceiveTimestamp: "1796000000001",
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:ecobeat-test-mails",
    awsRegion: "eu-west-1",
  })),
});
