import { randomBytes } from "node:crypto";
import argon2 from "argon2";
import type { PasswordConfig } from "../config.ts";
import { problems } from "../platform/problems.ts";
import { opaqueString } from "./opaque-string.ts";

/** Hashes and checks passwords with Argon2id (RFC 9106). */
export class Passwords {
  readonly #options: { type: 2; memoryCost: number; timeCost: number; parallelism: number };
  readonly #unknownAccount: string;
  readonly #most: number;
  #running = 0;

  constructor({ memoryKib, passes, lanes, concurrency }: PasswordConfig) {
    this.#options = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
    this.#most = concurrency;
    const [salt, hash] = [randomBytes(16), randomBytes(32)].map((bytes) =>
      bytes.toString("base64").replace(/=+$/, ""),
    );
    this.#unknownAccount = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${salt}$${hash}`;
  }

  /**
   * @returns a PHC string: the parameters, the salt and the hash
   * @throws the problem `too-many-logins` if as many are hashed as the memory is for
   */
  hash(password: string): Promise<string> {
    return this.#limited(() => argon2.hash(opaqueString(password), this.#options));
  }

  /**
   * Checks a password against a stored hash.
   *
   * The time of a refusal does not tell who has an account: where there is none the work is done all the same, and where
   * the stored hash was made with lower parameters than today's, the rest of it. It does tell of accounts whose hash was
   * made with higher ones, until they change their password: lower the parameters only if you must.
   * @param hash undefined when there is no such account
   * @throws the problem `too-many-logins` if as many are hashed as the memory is for
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

  /** True if a stored hash was made with lower parameters than today's; a lower setting never weakens a hash. */
  isOutdated(hash: string): boolean {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const { m, t, p } = parseParameters(hash);
    return m < memoryCost || t < timeCost || p < parallelism;
  }

  /**
   * What a stored hash saves beside one of today's parameters: as many passes as today's, over the memory that is missing. The
   * time of Argon2 grows with memory times passes, but for a few percent by which it is less over less memory. Lanes share it
   * where there are processors for them, and a function has one at most.
   */
  async #doRestOfWork(hash: string): Promise<void> {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const { m, t } = parseParameters(hash);
    const missingKib = memoryCost - Math.ceil((m * t) / timeCost);
    // Argon2 takes no less; so little would not be seen.
    if (missingKib < 8 * parallelism) return;
    await argon2.hash("", { ...this.#options, memoryCost: missingKib });
  }

  /** Each hash takes `memoryKib` while it is made. Whoever waited in a queue here would hold a request for nothing. */
  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) throw problems.tooManyLogins();
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
