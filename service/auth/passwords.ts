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
   * @param hash undefined when there is no such account: the work is done all the same, so that the time of the
   *   answer does not tell who has an account
   * @throws the problem `too-many-logins` if as many are hashed as the memory is for
   */
  async verify(hash: string | undefined, password: string): Promise<boolean> {
    const work = () => argon2.verify(hash ?? this.#unknownAccount, opaqueString(password));
    return (await this.#limited(work)) && hash !== undefined;
  }

  /** True if a stored hash was made with lower parameters than today's; a lower setting never weakens a hash. */
  isOutdated(hash: string): boolean {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const [, m, t, p] = /\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(hash)!.map(Number);
    return m! < memoryCost || t! < timeCost || p! < parallelism;
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
