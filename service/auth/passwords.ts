import { randomBytes } from "node:crypto";
import argon2 from "argon2";
import type { PasswordConfig } from "../config.ts";

/** Hashes and checks passwords with Argon2id (RFC 9106). */
export class Passwords {
  readonly #options: { type: 2; memoryCost: number; timeCost: number; parallelism: number };
  readonly #unknownAccount: string;

  constructor({ memoryKib, passes, lanes }: PasswordConfig) {
    this.#options = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
    const [salt, hash] = [randomBytes(16), randomBytes(32)].map((bytes) =>
      bytes.toString("base64").replace(/=+$/, ""),
    );
    this.#unknownAccount = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${salt}$${hash}`;
  }

  /** @returns a PHC string: the parameters, the salt and the hash */
  hash(password: string): Promise<string> {
    return argon2.hash(prepared(password), this.#options);
  }

  /**
   * Checks a password against a stored hash.
   * @param hash undefined when there is no such account: the work is done all the same, so that the time of the
   *   answer does not tell who has an account
   */
  async verify(hash: string | undefined, password: string): Promise<boolean> {
    const matches = await argon2.verify(hash ?? this.#unknownAccount, prepared(password));
    return matches && hash !== undefined;
  }

  /** True if a stored hash was made with lower parameters than today's; a lower setting never weakens a hash. */
  isOutdated(hash: string): boolean {
    const { memoryCost, timeCost, parallelism } = this.#options;
    const [, m, t, p] = /\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(hash)!.map(Number);
    return m! < memoryCost || t! < timeCost || p! < parallelism;
  }
}

/**
 * The OpaqueString profile of RFC 8265 as far as it changes a password: other spaces become U+0020, and the
 * result is composed, since one keyboard sends `é` as one code point and another as two.
 */
const prepared = (password: string) => password.replace(/\p{Zs}/gu, " ").normalize("NFC");
