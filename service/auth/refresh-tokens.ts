import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { minPepperBytes, refreshTokenBytes } from "../contract.ts";
import { fromUuid, toUuid } from "../platform/uuid.ts";
import { listPeppers, type StagedPeppers } from "./peppers.ts";
import type { SessionId } from "./session-store.ts";

/** The content of a genuine refresh token. */
export interface RefreshToken {
  session: SessionId;
  /** The keyed hash that the store keeps. It is useless for a login. */
  hash: string;
  /**
   * How many tokens of its session came before it. Undefined if it was issued before tokens carried it, or is under the previous pepper:
   * an attacker who knows a leaked pepper could otherwise make a token of a later generation for any session whose id leaked, too.
   */
  generation?: number;
  /** The only token that may follow it. */
  successor(): NewRefreshToken;
  /**
   * The token that follows it and is stored under this hash. While a rotation of the pepper spreads, another process may have issued
   * it under another pepper.
   * @returns undefined if this process does not know the pepper
   */
  findSuccessor(hash: string): NewRefreshToken | undefined;
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
 *
 * A token is read under the pepper that it was issued under, and its successor is issued under the current one.
 */
export class RefreshTokens {
  readonly #peppers: StagedPeppers;

  /** @param peppers the same for all functions of an environment */
  constructor(peppers: StagedPeppers) {
    if (listPeppers(peppers).some(({ length }) => length < minPepperBytes)) {
      throw new RangeError(`A refresh-token pepper must have at least ${minPepperBytes} bytes.`);
    }
    this.#peppers = peppers;
  }

  /**
   * The first token of a new session.
   * @param userId a UUID
   */
  create(userId: string): NewRefreshToken {
    return toNew(Buffer.concat([fromUuid(userId), randomBytes(coreBytes - userIdBytes)]), this.#peppers.current);
  }

  /** @returns undefined if no function of this environment ever issued such a token */
  read(token: string): RefreshToken | undefined {
    const bytes = Buffer.from(token, "base64url");
    const signedBytes = bytes.length - tagBytes;
    if (signedBytes !== coreBytes && signedBytes !== coreBytes + generationBytes) return undefined;
    // The decoder ignores stray characters, but a token must have only one spelling.
    if (bytes.toString("base64url") !== token) return undefined;
    const signed = bytes.subarray(0, signedBytes);
    const isUnder = (pepper: Buffer) => timingSafeEqual(bytes.subarray(signedBytes), computeTag(signed, pepper));
    const pepper = listPeppers(this.#peppers).find(isUnder);
    if (!pepper) return undefined;
    const core = signed.subarray(0, coreBytes);
    const session = core.subarray(0, sessionBytes);
    const hasGeneration = signedBytes > coreBytes && pepper !== this.#peppers.previous;
    // It does not depend on the generation, nor does the hash: they are the same for each format.
    const toSuccessor = (under: Buffer) =>
      toNew(Buffer.concat([session, computeKeyed("successor", core, under)]), under);
    return {
      ...describe(core, pepper),
      ...(hasGeneration && { generation: signed.readUInt32BE(coreBytes) }),
      successor: () => toSuccessor(this.#peppers.current),
      findSuccessor: (wanted) =>
        listPeppers(this.#peppers)
          .map(toSuccessor)
          .find(({ hash }) => hash === wanted),
    };
  }
}

/** @param core session and secret */
function describe(core: Buffer, pepper: Buffer): { session: SessionId; hash: string } {
  return {
    session: {
      userId: toUuid(core.subarray(0, userIdBytes)),
      id: core.subarray(userIdBytes, sessionBytes).toString("base64url"),
    },
    hash: computeKeyed("stored", core, pepper).toString("base64url"),
  };
}

function toNew(core: Buffer, pepper: Buffer): NewRefreshToken {
  return {
    ...describe(core, pepper),
    toToken(generation) {
      const signed = Buffer.concat([core, Buffer.alloc(generationBytes)]);
      signed.writeUInt32BE(generation, coreBytes);
      return Buffer.concat([signed, computeTag(signed, pepper)]).toString("base64url");
    },
  };
}

/** @param signed all of the token before its tag */
const computeTag = (signed: Buffer, pepper: Buffer): Buffer =>
  computeKeyed("tag", signed, pepper).subarray(0, tagBytes);

/** Each use has its own name, so that the value of one never serves as that of another. */
const computeKeyed = (use: "stored" | "successor" | "tag", bytes: Buffer, pepper: Buffer): Buffer =>
  createHmac("sha256", pepper).update(`${use}:`).update(bytes).digest();
