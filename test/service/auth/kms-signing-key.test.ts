import { createPublicKey } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { importJWK, jwtVerify } from "jose";
import { AccessTokens } from "../../../service/auth/access-tokens.ts";
import { kmsSigningKey } from "../../../service/auth/kms-signing-key.ts";
import { createKmsClient } from "../../../service/platform/kms.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { describeWith } from "../../support/real-parts.ts";
import { fixedKeys, testSigningKey } from "../../support/service.ts";

const apiUrl = "https://api.test";
const claims = { userId: "user", sessionId: "session" };

describeWith("AWS_ENDPOINT_URL", "A signing key in KMS", () => {
  const kms = new KMSClient({});
  let keyId: string;
  before(async () => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }),
    );
    keyId = KeyMetadata!.KeyId!;
  });
  after(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 })));

  it("signs access tokens that its published key verifies", async () => {
    const key = await kmsSigningKey(kms, keyId);
    const tokens = new AccessTokens({
      keys: fixedKeys(key),
      apiUrl,
      lifetimeSeconds: 900,
      clock: Date.now,
      metrics: new Metrics(Date.now),
    });
    const token = await tokens.issue(claims);
    const { payload } = await jwtVerify(token, await importJWK(key.publicJwk, "RS256"));
    expect(payload.sub).to.equal("user");
    expect(await tokens.verify(token)).to.include(claims);
  });

  it("has the same id whenever it is read", async () => {
    expect((await kmsSigningKey(kms, keyId)).kid).to.equal((await kmsSigningKey(kms, keyId)).kid);
  });
});

describe("Requests to KMS", () => {
  let server: Server;
  let answers: ("throttle" | "sign" | "silence")[];
  let asked: Record<string, string>[];
  const variables = [
    "AWS_ENDPOINT_URL_KMS",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
  ] as const;
  const saved = variables.map((name) => [name, process.env[name]] as const);

  before(async () => {
    const key = await testSigningKey();
    const der = createPublicKey({ key: key.publicJwk as never, format: "jwk" }).export({
      format: "der",
      type: "spki",
    });
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const action = String(request.headers["x-amz-target"]).split(".")[1]!;
      response.setHeader("content-type", "application/x-amz-json-1.1");
      if (action === "GetPublicKey")
        return response.end(JSON.stringify({ PublicKey: der.toString("base64") }));
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      const answer = answers.shift() ?? "sign";
      if (answer === "silence") return;
      if (answer === "sign")
        return response.end(JSON.stringify({ Signature: Buffer.from("signed").toString("base64") }));
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    process.env.AWS_ENDPOINT_URL_KMS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_REGION = "eu-west-1";
    process.env.AWS_ACCESS_KEY_ID = "test";
    process.env.AWS_SECRET_ACCESS_KEY = "test";
  });
  beforeEach(() => {
    answers = [];
    asked = [];
  });
  after(() => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    server.closeAllConnections();
    server.close();
  });

  const issue = async () => {
    const key = await kmsSigningKey(createKmsClient(), "key");
    return new AccessTokens({
      keys: fixedKeys(key),
      apiUrl,
      lifetimeSeconds: 900,
      clock: Date.now,
      metrics: new Metrics(Date.now),
    }).issue(claims);
  };

  it("are one for each token", async () => {
    await issue();
    expect(asked).to.have.length(1);
    expect(asked[0]).to.include({ MessageType: "RAW", SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" });
    expect(Buffer.from(asked[0]!.Message!, "base64").length).to.be.below(4_096);
  });

  it("are tried again when they are throttled", async () => {
    answers = ["throttle", "throttle"];
    await issue();
    expect(asked).to.have.length(3);
  });

  it("end after three attempts, for good", async () => {
    answers = ["throttle", "throttle", "throttle", "throttle"];
    expect(await issue().catch((error) => error.name)).to.equal("ThrottlingException");
    expect(asked).to.have.length(3);
  });

  it("do not wait for ever: a silent KMS costs less than API Gateway's patience", async function () {
    this.timeout(20_000);
    answers = ["silence", "silence", "silence"];
    const begun = performance.now();
    expect(await issue().catch((error) => error.name)).to.equal("TimeoutError");
    expect(performance.now() - begun).to.be.below(15_000);
  });
});
