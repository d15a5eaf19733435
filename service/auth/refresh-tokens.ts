import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { minPepperBytes, refreshTokenBytes } from "../contract.ts";
import { fromUuid, toUuid } from "../platform/uuid.ts";
import type { SessionId } from "./session-store.ts";

/** The content of a genuine refresh token. */
export interface RefreshToken {
  session: SessionId;
  /** The keyed hash that the store keeps. It is useless for a login. */
  hash: string;
  /** How many tokens of its session came before it. Undefined if it was issued before tokens carried it. */
  generation?: number;
  /** The only token that may follow it. */
  successor(): NewRefreshToken;
}

/** A refresh token to issue. Only the store knows its generation. */
export interface NewRefreshToken {
  session: SessionId;
  /** The keyed hash that the store keeps. */
  hash: string;
  /** The token as it is sent to the client. */
  toToken(generation: number): string;
}

const { userId: userIdBytes, generation: generationBytes, tag: tagBytes } = refreshTokenBytes;
const sessionBytes = userIdBytes + refreshTokenBytes.session;
const coreBytes = sessionBytes + refreshTokenBytes.secret;

/**
 * Issues and parses refresh tokens: base64url of the user id, a session id, a secret, the generation and a tag. Tokens from
 * before the generation do not have it: as a session lives for a year at most, they may be sent until a year after that release.
 *
 * With the tag, junk is refused without a query to the store, and a token that was stolen and used twice can be told from one that
 * was never issued: only the former may end a session.
 *
 * A successor's secret is derived from its predecessor's, so a client that lost the response gets the very same successor again,
 * and the store never contains anything that can be sent as a token.
 */
export class RefreshTokens {
  readonly #pepper: Buffer;

  /** @param pepper at least 32 secret bytes, the same for all functions of an environment */
  constructor(pepper: Buffer) {
    if (pepper.length < minPepperBytes) {
      throw new RangeError(`The refresh-token pepper must have at least ${minPepperBytes} bytes.`);
    }
    this.#pepper = pepper;
  }

  /**
   * The first token of a new session.
   * @param userId a UUID
   */
  create(userId: string): NewRefreshToken {
    return this.#toNew(Buffer.concat([fromUuid(userId), randomBytes(coreBytes - userIdBytes)]));
  }

  /** @returns undefined if no function of this environment ever issued such a token */
  read(token: string): RefreshToken | undefined {
    const bytes = Buffer.from(token, "base64url");
    const signedBytes = bytes.length - tagBytes;
    if (signedBytes !== coreBytes && signedBytes !== coreBytes + generationBytes) return undefined;
    // The decoder ignores stray characters, but a token must have only one spelling.
    if (bytes.toString("base64url") !== token) return undefined;
    const signed = bytes.subarray(0, signedBytes);
    if (!timingSafeEqual(bytes.subarray(signedBytes), this.#tag(signed))) return undefined;
    const core = signed.subarray(0, coreBytes);
    const session = core.subarray(0, sessionBytes);
    return {
      ...this.#describe(core),
      ...(signedBytes > coreBytes && { generation: signed.readUInt32BE(coreBytes) }),
      // It does not depend on the generation, nor does the hash: they are the same for each format.
      successor: () => this.#toNew(Buffer.concat([session, this.#keyed("successor", core)])),
    };
  }

  /** @param core session and secret */
  #describe(core: Buffer): { session: SessionId; hash: string } {
    return {
      session: {
        userId: toUuid(core.subarray(0, userIdBytes)),
        id: core.subarray(userIdBytes, sessionBytes).toString("base64url"),
      },
      hash: this.#keyed("stored", core).toString("base64url"),
    };
  }

  #toNew(core: Buffer): NewRefreshToken {
    return {
      ...this.#describe(core),
      toToken: (generation) => {
        const signed = Buffer.concat([core, Buffer.alloc(generationBytes)]);
        signed.writeUInt32BE(generation, coreBytes);
        return Buffer.concat([signed, this.#tag(signed)]).toString("base64url");
      },
    };
  }

  /** @param signed all of the token before its tag */
  #tag(signed: Buffer): Buffer {
    return this.#keyed("tag", signed).subarray(0, tagBytes);
  }

  /** Each use has its own name, so that the value of one never serves as that of another. */
  #keyed(use: "stored" | "successor" | "tag", bytes: Buffer): Buffer {
    return createHmac("sha256", this.#pepper).update(`${use}:`).update(bytes).digest();
  }
}
