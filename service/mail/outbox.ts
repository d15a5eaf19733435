import { withTimeout } from "../platform/deadline.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Mail, MailQueue, NoMail } from "./mail.ts";

/**
 * Puts the mails of requests into a queue. A queue that is silent must not change a response, from which an attacker could tell who has
 * an account. The metric `MailsNotQueued` counts such mails.
 */
export class Outbox {
  readonly #queue: () => Promise<MailQueue>;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #timeout: number;

  /**
   * @param queue is built at the first mail
   * @param timeout how long a mail may take to be queued, in ms
   */
  constructor(queue: () => Promise<MailQueue>, metrics: Metrics, log: Logger, timeout: number) {
    this.#queue = queue;
    this.#metrics = metrics;
    this.#log = log;
    this.#timeout = timeout;
  }

  /**
   * Queues a mail, or what takes its place. Never rejects.
   * @returns whether it is queued
   */
  async put(mail: Mail | NoMail): Promise<boolean> {
    try {
      const queue = await this.#queue();
      await withTimeout("the queue of mails", this.#timeout, queue.put(mail));
      this.#metrics.count("MailsQueued");
      return true;
    } catch (cause) {
      this.#metrics.count("MailsNotQueued");
      this.#log.write("error", "a mail was not queued", { kind: mail.kind, cause });
      return false;
    }
  }
}
