import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Mail, MailQueue, NoMail } from "../mail/mail.ts";
import { callAws, replaceIdleConnections } from "../platform/aws-call.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import type { Timeouts } from "../platform/timeouts.ts";
import { awsClientOptions } from "../platform/tls.ts";

/** The queue of mails in SQS, from which the sender takes them. */
export class SqsMailQueue implements MailQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;
  readonly #timeouts: Timeouts;

  /**
   * @param url of the queue
   * @param clock tells how old connections are. @default the system clock
   */
  constructor(url: string, timeouts: Timeouts, clock: Clock = systemClock) {
    this.#sqs = new SQSClient(awsClientOptions(timeouts));
    replaceIdleConnections(this.#sqs, timeouts, clock);
    this.#url = url;
    this.#timeouts = timeouts;
  }

  async put(mail: Mail | NoMail): Promise<void> {
    const command = new SendMessageCommand({ QueueUrl: this.#url, MessageBody: JSON.stringify(mail) });
    await callAws("SQS", this.#timeouts, (options) => this.#sqs.send(command, options));
  }
}
