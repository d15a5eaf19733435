import { createHmac, randomBytes } from "node:crypto";

/** User id, session id and secret. */
const coreBytes = 64;
const tagBytes = 16;

/**
 * Both formats of refresh tokens, to compare with those of the service: with the generation, and without it, as the earlier release
 * issues and reads them.
 */
export class RefreshTokenFormats {
  readonly #pepper: Buffer;

  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  /** The first token of a session, without its generation. */
  create(userId: string): string {
    return this.#issue(Buffer.concat([Buffer.from(userId.replaceAll("-", ""), "hex"), randomBytes(coreBytes - 16)]));
  }

  /** A token of any format without its generation. */
  plain(token: string): string {
    return this.#issue(Buffer.from(token, "base64url").subarray(0, coreBytes));
  }

  /** A token of any format with a generation. */
  numbered(token: string, generation: number): string {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(generation);
    return this.#issue(Buffer.concat([Buffer.from(token, "base64url").subarray(0, coreBytes), number]));
  }

  /** Reads a token without a generation. @returns undefined if it is none */
  read(token: string) {
    const bytes = Buffer.from(token, "base64url");
    const core = bytes.subarray(0, coreBytes);
    if (bytes.length !== coreBytes + tagBytes || this.#issue(core) !== token) return undefined;
    const successor = Buffer.concat([core.subarray(0, 32), this.#keyed("successor", core)]);
    return {
      session: {
        userId: core.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
        id: core.toString("base64url", 16, 32),
      },
      hash: this.#keyed("stored", core).toString("base64url"),
      successor: { token: this.#issue(successor), hash: this.#keyed("stored", successor).toString("base64url") },
    };
  }

  #issue(signed: Buffer): string {
    return Buffer.concat([signed, this.#keyed("tag", signed).subarray(0, tagBytes)]).toString("base64url");
  }

  #keyed(use: string, bytes: Buffer): Buffer {
    return createHmac("sha256", this.#pepper).update(`${use}:`).update(bytes).digest();
  }
}
