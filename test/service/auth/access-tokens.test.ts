import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { expect } from "chai";
import { exportJWK, exportSPKI, SignJWT } from "jose";
import { generateKeyPair, testAccessTokens, testConfig, testSigningKey } from "../../support/service.ts";

const { apiUrl } = testConfig;
const claims = { userId: randomUUID(), sessionId: "session" };
const now = Date.now();
const nowSeconds = Math.floor(now / 1000);
const refused = "https://ecobeat.app/problems/invalid-token";

const open = async (clock = () => now) => {
  const key = await testSigningKey();
  return { key, tokens: testAccessTokens(key, { clock }) };
};
type Opened = Awaited<ReturnType<typeof open>>;

const verdict = ({ tokens }: Opened, token: string) =>
  tokens.verify(token).then(
    () => "accepted",
    (problem) => problem.type,
  );

describe("Access tokens", () => {
  it("cost one signature to issue and none to verify", async () => {
    const { key, tokens } = await open();
    const token = await tokens.issue(claims);
    expect(await tokens.verify(token)).to.include(claims);
    expect(tokens.recall(token)).to.include(claims);
    expect(key.signatures).to.equal(1);
  });

  it("are not recalled before they were verified, nor after an invalidation", async () => {
    const { tokens } = await open();
    const token = await tokens.issue(claims);
    expect(tokens.recall(token)).to.equal(undefined);
    await tokens.verify(token);
    tokens.invalidate();
    expect(tokens.recall(token)).to.equal(undefined);
    const verifying = tokens.verify(token);
    tokens.invalidate();
    await verifying;
    expect(tokens.recall(token)).to.equal(undefined);
  });

  it("are recalled until the millisecond at which they expire, and are then refused", async () => {
    let time = nowSeconds * 1_000;
    const opened = await open(() => time);
    const token = await opened.tokens.issue(claims);
    await opened.tokens.verify(token);
    time += 899_999;
    expect(opened.tokens.recall(token)).to.include(claims);
    time += 1;
    expect(opened.tokens.recall(token)).to.equal(undefined);
    expect(await verdict(opened, token)).to.equal(refused);
  });
});

describe("An attack by access token", () => {
  let opened: Opened;
  before(async () => {
    opened = await open();
  });

  const part = (value: object | string) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const rightHeader = () => ({ alg: "RS256", typ: "at+jwt", kid: opened.key.kid });
  const rightPayload = { iss: apiUrl, aud: apiUrl, sub: claims.userId, sid: "s", exp: nowSeconds + 60 };

  /** A token that the right key has signed, whatever it says. */
  async function signed(header: object, payload: object | string) {
    const text = `${part(header)}.${part(payload)}`;
    return `${text}.${Buffer.from(await opened.key.sign(Buffer.from(text))).toString("base64url")}`;
  }
  const withHeader = (change: object) => signed({ ...rightHeader(), ...change }, rightPayload);
  const withPayload = (change: object) => signed(rightHeader(), { ...rightPayload, ...change });

  it("fails for a reason: a correct token is accepted", async () => {
    expect(await verdict(opened, await withHeader({}))).to.equal("accepted");
  });

  /** The right claims, and the subject once more. */
  const twice = (subject: string) => JSON.stringify(rightPayload).replace("}", `,"sub":"${subject}"}`);

  it("needs our signature: with it, the last of duplicate claims counts, however long the token", async () => {
    const subject = randomUUID();
    const token = await signed({ ...rightHeader(), pad: "x".repeat(1_000_000) }, twice(subject));
    expect(await opened.tokens.verify(token)).to.include({ userId: subject });
  });

  const right = async () => (await withHeader({})).split(".") as [string, string, string];
  const publicPem = async () =>
    exportSPKI(createPublicKey({ key: opened.key.publicJwk as never, format: "jwk" }) as never);

  const attacker = generateKeyPair();
  const attackerKeys: Record<string, KeyObject> = {
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    EdDSA: generateKeyPairSync("ed25519").privateKey,
  };

  /** The right claims, signed by the attacker. */
  async function byAttacker(
    alg: string,
    header: object = {},
    key: KeyObject | Uint8Array = attackerKeys[alg] ?? attacker.privateKey,
  ) {
    return new SignJWT(rightPayload).setProtectedHeader({ ...rightHeader(), ...header, alg }).sign(key);
  }
  async function withOwnKey(header: (jwk: object) => object) {
    const jwk = await exportJWK(attacker.publicKey);
    return new SignJWT(rightPayload).setProtectedHeader({ ...rightHeader(), ...header(jwk) }).sign(attacker.privateKey);
  }

  const attacks: Record<string, () => Promise<string>> = {
    "no algorithm, no signature": async () => `${part({ ...rightHeader(), alg: "none" })}.${(await right())[1]}.`,
    "no algorithm in another spelling": async () => `${part({ ...rightHeader(), alg: "nOnE" })}.${(await right())[1]}.`,
    "no algorithm, with a signature": async () => {
      const [, payload, signature] = await right();
      return `${part({ ...rightHeader(), alg: "none" })}.${payload}.${signature}`;
    },
    "no signature": async () => (await right()).slice(0, 2).join("."),
    "an empty signature": async () => `${(await right()).slice(0, 2).join(".")}.`,
    "HS256 with the public key as PEM": async () => byAttacker("HS256", {}, Buffer.from(await publicPem())),
    "HS256 with the public key as JWK": () =>
      byAttacker("HS256", {}, Buffer.from(JSON.stringify(opened.key.publicJwk))),
    "another RSA key under our key id": () => byAttacker("RS256"),
    "RS512 by another key": () => byAttacker("RS512"),
    "PS256 by another key": () => byAttacker("PS256"),
    "an elliptic-curve key": () => byAttacker("ES256"),
    "an Edwards-curve key": () => byAttacker("EdDSA"),
    "another algorithm's name over our signature": () => withHeader({ alg: "RS384" }),
    "an unknown key id": () => withHeader({ kid: "another" }),
    "no key id": () => withHeader({ kid: undefined }),
    "a key id that is a path": () => withHeader({ kid: "../../../../dev/null" }),
    "a key id that is a query": () => withHeader({ kid: "' OR '1'='1" }),
    "a key id that is a property of every object": () => withHeader({ kid: "__proto__" }),
    "a key id that is no string": () => withHeader({ kid: { toString: "x" } }),
    "an embedded key": () => withOwnKey((jwk) => ({ jwk })),
    "an embedded key under no key id": () => withOwnKey((jwk) => ({ jwk, kid: undefined })),
    "a key elsewhere (jku)": () => withOwnKey(() => ({ jku: "https://evil.test/jwks.json" })),
    "a certificate elsewhere (x5u)": () => withOwnKey(() => ({ x5u: "https://evil.test/cert.pem" })),
    "an embedded certificate (x5c)": () => withOwnKey(() => ({ x5c: ["MIIB"] })),
    "a critical header that we do not know": () => withHeader({ crit: ["evil"], evil: true }),
    "a critical header that is empty": () => withHeader({ crit: [] }),
    "an unencoded payload (b64)": () => withHeader({ crit: ["b64"], b64: false }),
    "another type": () => withHeader({ typ: "JWT" }),
    "no type": () => withHeader({ typ: undefined }),
    "another issuer": () => withPayload({ iss: "https://evil.test" }),
    "the issuer with a slash": () => withPayload({ iss: `${apiUrl}/` }),
    "no issuer": () => withPayload({ iss: undefined }),
    "another audience": () => withPayload({ aud: "https://other.test" }),
    "no audience": () => withPayload({ aud: undefined }),
    "no subject": () => withPayload({ sub: undefined }),
    "an empty subject": () => withPayload({ sub: "" }),
    "a subject that is no UUID": () => withPayload({ sub: "ann" }),
    "a subject that is a UUID in another spelling": () => withPayload({ sub: claims.userId.replaceAll("-", "") }),
    "a subject with more than a UUID": () => withPayload({ sub: `${claims.userId}\n` }),
    "a subject that is a query": () => withPayload({ sub: { $ne: null } }),
    "a subject that is a list": () => withPayload({ sub: [claims.userId] }),
    "a session that is no string": () => withPayload({ sid: { $ne: null } }),
    "no session": () => withPayload({ sid: undefined }),
    "no expiry": () => withPayload({ exp: undefined }),
    "an expiry that is no number": () => withPayload({ exp: `${nowSeconds + 60}` }),
    "an expiry a second ago": () => withPayload({ exp: nowSeconds - 1 }),
    "an expiry right now": () => withPayload({ exp: nowSeconds }),
    "a beginning in a second": () => withPayload({ nbf: nowSeconds + 1 }),
    "changed claims": async () => {
      const [header, , signature] = await right();
      return `${header}.${part({ ...rightPayload, sub: randomUUID() })}.${signature}`;
    },
    "claims given twice, the second time by the attacker": async () => {
      const [header, , signature] = await right();
      return `${header}.${part(twice(randomUUID()))}.${signature}`;
    },
    "claims that are no object": () => signed(rightHeader(), "[]"),
    "claims that are no JSON": () => signed(rightHeader(), "{"),
    "a header that is no JSON": async () => `${part("{")}.${(await right()).slice(1).join(".")}`,
    "a token without its last characters": async () => (await right()).join(".").slice(0, -2),
    "a token within a token": async () => `${(await right()).join(".")}.${(await right()).join(".")}`,
    "an encrypted token": async () => `${part({ alg: "dir", enc: "A256GCM" })}....`,
    "a very long token, signed by another key": () => byAttacker("RS256", { pad: "x".repeat(1_000_000) }),
    junk: async () => "junk",
    nothing: async () => "",
  };

  for (const [what, token] of Object.entries(attacks)) {
    it(`is refused: ${what}`, async () => {
      expect(await verdict(opened, await token())).to.equal(refused);
    });
  }

  it("is refused by another environment: a token for staging in production", async () => {
    const production = testAccessTokens(opened.key, { apiUrl: "https://api.production.test" });
    expect(await verdict({ ...opened, tokens: production }, (await right()).join("."))).to.equal(refused);
  });
});
