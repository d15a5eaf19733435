import { randomUUID } from "node:crypto";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { importJWK, jwtVerify } from "jose";
import { kmsSigningKey } from "../../../service/auth/kms-signing-key.ts";
import { toProblem } from "../../../service/platform/error-handler.ts";
import { createKmsClient } from "../../../service/platform/kms.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { exportPublicKey, type KmsResponse, type KmsServer, startKmsServer } from "../../support/kms-server.ts";
import { describeWith } from "../../support/real-services.ts";
import { testAccessTokens, testSigningKey } from "../../support/service.ts";
import { useShortestPauses } from "../../support/shortest-pauses.ts";

const claims = { userId: randomUUID(), sessionId: "session" };

describeWith("AWS_ENDPOINT_URL", "A signing key in KMS", () => {
  const kms = new KMSClient({});
  let keyId: string;
  before(async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
    keyId = KeyMetadata!.KeyId!;
  });
  after(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 })));

  it("signs access tokens that its published key verifies", async () => {
    const key = await kmsSigningKey(kms, keyId);
    const tokens = testAccessTokens(key);
    const token = await tokens.issue(claims);
    const { payload } = await jwtVerify(token, await importJWK(key.publicJwk, "RS256"));
    expect(payload.sub).to.equal(claims.userId);
    expect(await tokens.verify(token)).to.include(claims);
  });
});

describe("Requests to KMS", () => {
  let kms: KmsServer;
  let responses: KmsResponse[];
  let received: Record<string, unknown>[];
  let publicKey: Record<string, string>;
  useShortestPauses();

  before(async () => {
    publicKey = { PublicKey: exportPublicKey(await testSigningKey()) };
    kms = await startKmsServer((action, input) => {
      if (action === "GetPublicKey") return publicKey;
      received.push(input);
      return responses.shift() ?? { Signature: Buffer.from("signed").toString("base64") };
    });
  });
  beforeEach(() => {
    responses = [];
    received = [];
  });
  after(() => kms.stop());

  const issue = async () =>
    testAccessTokens(
      await kmsSigningKey(createKmsClient(undefined, { ...defaultTimeouts, awsRequest: 200 }), "key"),
    ).issue(claims);

  it("are one for each token", async () => {
    await issue();
    expect(received).to.have.length(1);
    expect(received[0]).to.include({ MessageType: "RAW", SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" });
    expect(Buffer.from(String(received[0]!.Message), "base64").length).to.be.below(4_096);
  });

  it("are tried again when they are throttled", async () => {
    responses = ["ThrottlingException", "ThrottlingException"];
    await issue();
    expect(received).to.have.length(3);
  });

  it("end after three attempts", async () => {
    responses = ["ThrottlingException", "ThrottlingException", "ThrottlingException", "ThrottlingException"];
    expect(await issue().catch((error) => error.name)).to.equal("ThrottlingException");
    expect(received).to.have.length(3);
  });

  it("do not wait forever for a silent KMS", async () => {
    responses = ["silence", "silence", "silence"];
    expect(await issue().catch((error) => error.name)).to.equal("TimeoutError");
    expect(received).to.have.length(3);
  });

  it("issue no token without a signature", async () => {
    responses = [{}];
    const error = await issue().catch((error) => error);
    expect(toProblem(error).status).to.equal(503);
    expect(error.message).to.equal("KMS's response contains no signature");
  });

  it("give no key without a public key", async () => {
    publicKey = {};
    const error = await issue().catch((error) => error);
    expect(toProblem(error).status).to.equal(503);
    expect(error.message).to.equal("KMS's response contains no public key");
  });
});
