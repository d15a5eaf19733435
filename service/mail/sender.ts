import { setTimeout } from "node:timers/promises";
import { domainToASCII } from "node:url";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { productName } from "../company.ts";
import { callAws } from "../platform/aws-call.ts";
import type { Clock } from "../platform/clock.ts";
import type { Fields, Logger } from "../platform/logging.ts";
import { embeddedMetrics } from "../platform/metrics.ts";
import { parseJson } from "../platform/parse-json.ts";
import { defaultTimeouts, type Timeouts } from "../platform/timeouts.ts";
import { awsClientOptions } from "../platform/tls.ts";
import type { Mail } from "./mail.ts";
import { createMailSchema, type MailSchemaOptions } from "./schema.ts";
import { renderMail } from "./templates.ts";

export interface MailSenderOptions extends MailSchemaOptions {
  /** The address in `From`. */
  readonly mailFrom: string;
  /** The configuration set in SES. */
  readonly mailConfigurationSet: string;
  /** The maximum rate, for this process. */
  readonly mailsPerSecond: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** @default {@link senderTimeouts} */
  readonly timeouts?: Timeouts;
  /** Waits for a time in ms. @default a timer */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/**
 * No user waits for SES, and a mail is sent twice if SES took it and its response came too late. So an attempt may take longer than
 * those that a request waits for.
 */
export const senderTimeouts: Timeouts = { ...defaultTimeouts, awsRequest: 5_000, awsCall: 8_000 };

/**
 * Errors of SES about one mail. After any other, the next mail would fail, too: SES throttles us, does not respond, or refuses the
 * account, the domain or the configuration set.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 */
const errorsOfOneMail = new Set(["MessageRejected", "BadRequestException"]);

/** What the function needs of Lambda's context. */
type Invocation = Pick<Context, "getRemainingTimeInMillis">;

/** What became of a mail: `stop` failed for a reason that the next mail would meet, too. */
type Outcome = "done" | "failed" | "stop";

/** Sends mails of the queue through SES. SQS delivers those that fail again, and moves them to the dead-letter queue in the end. */
export class MailSender {
  readonly #options: MailSenderOptions;
  readonly #timeouts: Timeouts;
  readonly #ses: SESv2Client;
  readonly #schema: ReturnType<typeof createMailSchema>;
  /** When the next mail may be sent. */
  #nextAt = 0;

  constructor(options: MailSenderOptions) {
    this.#options = options;
    this.#timeouts = options.timeouts ?? senderTimeouts;
    // A second attempt, because a connection may have ended while the function was frozen. SQS is what repeats all other failures.
    this.#ses = new SESv2Client({ ...awsClientOptions(this.#timeouts), maxAttempts: 2 });
    this.#schema = createMailSchema(options);
  }

  /**
   * Sends the mails of a batch one after another. Each failure is reported alone, so that SQS delivers no mail again that was sent.
   * @returns the messages that failed, also those after a failure that would meet the next mail, too
   */
  async send({ Records: records }: SQSEvent, invocation: Invocation): Promise<SQSBatchResponse> {
    const failed: SQSRecord[] = [];
    for (const [index, record] of records.entries()) {
      const outcome = await this.#handle(record, invocation);
      if (outcome === "done") continue;
      failed.push(record);
      if (outcome === "failed") continue;
      failed.push(...records.slice(index + 1));
      break;
    }
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }

  async #handle(record: SQSRecord, invocation: Invocation): Promise<Outcome> {
    const { clock, log } = this.#options;
    const fields = { message_id: record.messageId, receive_count: Number(record.attributes?.ApproximateReceiveCount) };
    const { success, data: mail } = this.#schema.safeParse(parseJson(record.body));
    if (!success) {
      log.write("error", "malformed mail in the queue", { ...fields, ...this.#count("MailsFailed") });
      return "failed";
    }
    if (mail.kind === "none") return "done";
    const own = { ...fields, kind: mail.kind };
    if ("expiresAt" in mail && Date.parse(mail.expiresAt) <= clock()) {
      log.write("warn", "mail dropped: its link has expired", { ...own, ...this.#count("MailsExpired") });
      return "done";
    }
    const address = toSmtpAddress(mail.to);
    if (address === undefined) {
      log.write("warn", "mail dropped: SES supports no such address", own);
      return "done";
    }
    return this.#sendInTime(mail, address, own, invocation);
  }

  async #sendInTime(mail: Mail, address: string, fields: Fields, invocation: Invocation): Promise<Outcome> {
    const { clock, log, mailsPerSecond, pause = setTimeout } = this.#options;
    const pauseMs = Math.max(this.#nextAt - clock(), 0);
    if (invocation.getRemainingTimeInMillis() < pauseMs + this.#timeouts.awsCall + this.#timeouts.requestMargin) {
      log.write("warn", "mails left to the next invocation: too little time", fields);
      return "stop";
    }
    if (pauseMs > 0) await pause(pauseMs);
    this.#nextAt = clock() + 1_000 / mailsPerSecond;
    try {
      const { MessageId } = await this.#call(mail, address);
      log.write("info", "mail sent", { ...fields, ses_message_id: MessageId, ...this.#count("MailsSent") });
      return "done";
    } catch (cause) {
      log.write("error", "mail not sent", { ...fields, cause, ...this.#count("MailsFailed") });
      return errorsOfOneMail.has((cause as Error).name) ? "failed" : "stop";
    }
  }

  #call(mail: Mail, address: string) {
    const { mailFrom, mailConfigurationSet } = this.#options;
    const { subject, text, html } = renderMail(mail);
    const toContent = (Data: string) => ({ Data, Charset: "UTF-8" });
    const command = new SendEmailCommand({
      FromEmailAddress: `"${productName}" <${mailFrom}>`,
      Destination: { ToAddresses: [address] },
      Content: {
        Simple: {
          Subject: toContent(subject),
          Body: { Text: toContent(text), Html: toContent(html) },
          // No replies from programs: https://www.rfc-editor.org/rfc/rfc3834#section-5
          Headers: [{ Name: "Auto-Submitted", Value: "auto-generated" }],
        },
      },
      ConfigurationSetName: mailConfigurationSet,
      EmailTags: [{ Name: "kind", Value: mail.kind }],
    });
    return callAws("SES", this.#timeouts, (options) => this.#ses.send(command, options));
  }

  #count(name: "MailsSent" | "MailsFailed" | "MailsExpired") {
    return embeddedMetrics(this.#options.clock(), { [name]: { unit: "Count", value: 1 } });
  }
}

/**
 * An address as SES takes it: SES supports only ASCII before the `@`, and Punycode after it.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
 *
 * @param to an address that a user registered
 * @returns undefined if SES cannot send to it
 */
function toSmtpAddress(to: string): string | undefined {
  const composed = to.normalize("NFKC");
  const at = composed.lastIndexOf("@");
  const local = composed.slice(0, at);
  return /^[\x21-\x7e]+$/.test(local) ? `${local}@${domainToASCII(composed.slice(at + 1))}` : undefined;
}
