import { randomBytes } from "node:crypto";
import argon2 from "argon2";
import type { PasswordConfig } from "../config.ts";
import { untilDeadline } from "../platform/deadline.ts";
import { problems } from "../platform/problems.ts";
import { opaqueString } from "./opaque-string.ts";

/** Hashes and checks passwords with Argon2id (RFC 9106). */
export class Passwords {
  readonly #options: { type: 2; memoryCost: number; timeCost: number; parallelism: number };
  readonly #unknownAccount: string;
  readonly #concurrency: number;
  #running = 0;

  constructor({ memoryKib, passes, lanes, concurrency }: PasswordConfig) {
    this.#options = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
    this.#concurrency = concurrency;
    const [salt, hash] = [randomBytes(16), randomBytes(32)].map((bytes) => bytes.toString("base64").replace(/=+$/, ""));
    this.#unknownAccount = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${salt}$${hash}`;
  }

  /**
   * @returns a PHC string: the parameters, the salt and the hash
   * @throws the problem `too-many-logins`, before it returns, if as many hashes are in progress as the memory allows
   */
  hash(password: string): Promise<string> {
    return this.#limited(() => argon2.hash(opaqueString(password), this.#options));
  }

  /**
   * Checks a password against a stored hash.
   *
   * The time of a refusal does not reveal who has an account. If there is no account, the same work is done; if the stored hash has
   * lower parameters than today's, the rest of the work. The time does reveal accounts whose hash has higher parameters, until
   * they change their password: lower the parameters only if you must.
   * @param hash undefined if there is no such account
   * @throws the problem `too-many-logins` if as many hashes are in progress as the memory allows
   */
  async verify(hash: string | undefined, password: string): Promise<boolean> {
    const stored = hash ?? this.#unknownAccount;
    const matches = await this.#limited(async () => {
      const isRight = await argon2.verify(stored, opaqueString(password));
      if (!isRight) await this.#doRestOfWork(stored);
      return isRight;
    });
    return matches && hash !== undefined;
  }

  /** Whether a stored hash has lower parameters than today's. A lower setting never weakens a hash. */
  isOutdated(hash: string): boolean {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const { m, t, p } = parseParameters(hash);
    return m < memoryCost || t < timeCost || p < parallelism;
  }

  /**
   * The work that a stored hash saves compared to one with today's parameters: today's passes over the missing memory. The time of
   * Argon2 grows with memory times passes, and is a few percent less over less memory. Lanes share the work where there are
   * processors for them; a function has at most one.
   */
  async #doRestOfWork(hash: string): Promise<void> {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const { m, t } = parseParameters(hash);
    const missingKib = memoryCost - Math.ceil((m * t) / timeCost);
    // The minimum of Argon2. Less work cannot be measured.
    if (missingKib < 8 * parallelism) return;
    await argon2.hash("", { ...this.#options, memoryCost: missingKib });
  }

  /** Each hash takes `memoryKib` while it is computed. Requests beyond the limit get 429: queueing them would only tie them up. */
  #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#concurrency) throw problems.tooManyLogins();
    return untilDeadline("Password hashing", () => this.#run(work));
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}

/** Of a PHC string: memory in KiB, passes and lanes. */
function parseParameters(hash: string): { m: number; t: number; p: number } {
  const [, m, t, p] = /\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(hash)!.map(Number);
  return { m: m!, t: t!, p: p! };
}
