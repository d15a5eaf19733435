import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mail, MailQueue, NoMail } from "../mail/mail.ts";

/** Keeps mails as files in a folder, for developers to read. */
export class FileMailQueue implements MailQueue {
  readonly #folder: string;

  /** @param folder is created with the first mail */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(mail: Mail | NoMail): Promise<void> {
    if (mail.kind === "none") return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const name = `${new Date().toISOString().replaceAll(":", "-")}-${mail.kind}-${randomUUID().slice(0, 8)}.json`;
    await writeFile(join(this.#folder, name), `${JSON.stringify(mail, null, 2)}\n`, { mode: 0o600 });
  }
}
