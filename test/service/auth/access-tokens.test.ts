import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type JWTPayload, SignJWT } from "jose";
import { AccessTokens } from "../../../service/auth/access-tokens.ts";
import { testSigningKey } from "../../support/service.ts";

const apiUrl = "https://api.test";
const claims = { userId: randomUUID(), sessionId: "session" };

describe("Access tokens", () => {
  const open = async (now = Date.now()) => {
    const key = await testSigningKey();
    const tokens = new AccessTokens({ key, apiUrl, lifetimeSeconds: 900, clock: () => now });
    return { key, tokens };
  };
  const refusal = (tokens: AccessTokens, token: string) =>
    tokens.verify(token).then(
      () => "accepted",
      (problem) => problem.type,
    );
  const refused = "https://ecobeat.app/problems/invalid-token";

  it("cost one signature to issue and none to verify", async () => {
    const { key, tokens } = await open();
    const token = await tokens.issue(claims);
    expect(await tokens.verify(token)).to.include(claims);
    expect(tokens.recall(token)).to.include(claims);
    expect(key.signatures).to.equal(1);
  });

  it("are not recalled before they were verified", async () => {
    const { tokens } = await open();
    expect(tokens.recall(await tokens.issue(claims))).to.equal(undefined);
  });

  /** A token with one thing wrong, signed by the right key. */
  async function forged(change: { header?: object; payload?: JWTPayload }) {
    const { key, tokens } = await open();
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const header = part({ alg: "RS256", typ: "at+jwt", kid: key.kid, ...change.header });
    const payload = part({
      iss: apiUrl,
      aud: apiUrl,
      sub: claims.userId,
      sid: "s",
      exp: now + 60,
      ...change.payload,
    });
    const signature = Buffer.from(await key.sign(Buffer.from(`${header}.${payload}`))).toString("base64url");
    return refusal(tokens, `${header}.${payload}.${signature}`);
  }

  it("pass with everything right (the checks below are not vacuous)", async () => {
    expect(await forged({})).to.equal("accepted");
  });

  for (const [what, change] of Object.entries({
    "of another issuer": { payload: { iss: "https://evil.test" } },
    "for another audience": { payload: { aud: "https://other.test" } },
    "that have expired": { payload: { exp: 1 } },
    "that never expire": { payload: { exp: undefined } },
    "without a subject": { payload: { sub: undefined } },
    "without a session": { payload: { sid: undefined } },
    "that are not valid yet": { payload: { nbf: 9_999_999_999 } },
    "of another type": { header: { typ: "JWT" } },
    "by a key that is not published": { header: { kid: "another" } },
    "without a key id": { header: { kid: undefined } },
  })) {
    it(`are refused: ${what}`, async () => expect(await forged(change as object)).to.equal(refused));
  }

  it("are refused: signed by another key, unsigned, signed by HMAC with the public key, cut, and junk", async () => {
    const { key, tokens } = await open();
    const other = await (await open()).tokens.issue(claims);
    const token = await tokens.issue(claims);
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${token.split(".")[1]}.`;
    const hmac = await new SignJWT({ sid: "s" })
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: key.kid })
      .setIssuer(apiUrl)
      .setAudience(apiUrl)
      .setSubject(claims.userId)
      .setExpirationTime("1h")
      .sign(Buffer.from(JSON.stringify(key.publicJwk)));
    for (const bad of [other, none, hmac, token.slice(0, -2), "junk", "a.b.c", ""]) {
      expect(await refusal(tokens, bad), bad.slice(0, 20)).to.equal(refused);
    }
  });
});
