import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mail, MailQueue, NoMail } from "../mail/mail.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { isMailFile, toMailFile } from "./mail-file.ts";

/** How many mails stay. Each is about 3 kB. */
const maxMails = 50;

/** Keeps the newest mails as files in a folder, which mail programs can open. */
export class FileMailQueue implements MailQueue {
  readonly #folder: string;
  readonly #onMail: (mail: Mail) => void;
  readonly #clock: Clock;
  #lastAt = 0;

  /**
   * @param folder is created with the first mail
   * @param onMail is called with each mail that is stored
   * @param clock @default the system clock
   */
  constructor(folder: string, onMail: (mail: Mail) => void, clock = systemClock) {
    this.#folder = folder;
    this.#onMail = onMail;
    this.#clock = clock;
  }

  async put(mail: Mail | NoMail): Promise<void> {
    if (mail.kind === "none") return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // Names sort by time: no two mails have the same.
    this.#lastAt = Math.max(this.#clock(), this.#lastAt + 1);
    const now = new Date(this.#lastAt);
    const id = randomUUID();
    const name = `${now.toISOString().replaceAll(":", "-")}-${mail.kind}-${id.slice(0, 8)}.eml`;
    // Readers see the whole file, and no other user of this machine does: its link opens an account.
    const incomplete = join(this.#folder, `${id}.incomplete`);
    await writeFile(incomplete, toMailFile(mail, now), { mode: 0o600 });
    await rename(incomplete, join(this.#folder, name));
    await this.#deleteOldest();
    this.#onMail(mail);
  }

  async #deleteOldest(): Promise<void> {
    const oldest = (await readdir(this.#folder)).filter(isMailFile).sort().slice(0, -maxMails);
    await Promise.all(oldest.map((name) => rm(join(this.#folder, name), { force: true })));
  }
}
