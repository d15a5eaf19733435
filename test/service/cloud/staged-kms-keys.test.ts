import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { StagedKmsKeys } from "../../../service/cloud/staged-kms-keys.ts";
import type { StagedKeyArns } from "../../../service/contract.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { exportPublicKey, type KmsResponse, type KmsServer, startKmsServer } from "../../support/kms-server.ts";
import { describeWith } from "../../support/real-services.ts";
import { generateKeyPair, startService, testSigningKey } from "../../support/service.ts";
import { useShortestPauses } from "../../support/shortest-pauses.ts";

const permanent = [
  "AccessDeniedException",
  "DisabledException",
  "InvalidArnException",
  "KMSInvalidStateException",
  "NotFoundException",
  "ValidationException",
] as const;
const transient = ["ThrottlingException", "KMSInternalException", "KeyUnavailableException"] as const;

/** The ids of the loaded keys, by stage. */
async function toKids(keys: StagedKmsKeys, stages: StagedKeyArns) {
  const { current, next, previous } = await keys.load(JSON.stringify(stages));
  return { current: current.kid, next: next?.kid, previous: previous?.kid };
}

describe("Staged keys in KMS", () => {
  let kms: KmsServer;
  let responses: Record<string, KmsResponse>;
  let received: string[];
  let lines: Record<string, unknown>[];
  let keys: StagedKmsKeys;
  const kids: Record<string, string> = {};
  const publicKeys: Record<string, string> = {};
  useShortestPauses();

  before(async () => {
    for (const arn of ["a", "b", "c"]) {
      const key = await testSigningKey(arn === "a" ? undefined : generateKeyPair());
      kids[arn] = key.kid;
      publicKeys[arn] = exportPublicKey(key);
    }
    kms = await startKmsServer((_action, { KeyId }) => {
      received.push(String(KeyId));
      return responses[String(KeyId)] ?? { PublicKey: publicKeys[String(KeyId)] };
    });
  });
  after(() => kms.stop());
  beforeEach(() => {
    [responses, received, lines] = [{}, [], []];
    keys = new StagedKmsKeys(jsonLogger((line) => lines.push(JSON.parse(line))));
  });

  const { a, b } = { a: { current: "a" }, b: { current: "b", previous: "a" } };
  const failure = (stages: StagedKeyArns) =>
    toKids(keys, stages).then(
      () => "loaded",
      ({ name }) => name,
    );

  it("are read once each, however their stages change", async () => {
    expect(await toKids(keys, { ...a, next: "b" })).to.include({ current: kids.a, next: kids.b });
    expect(await toKids(keys, b)).to.include({ current: kids.b, previous: kids.a, next: undefined });
    expect(received.sort()).to.deep.equal(["a", "b"]);
  });

  for (const error of [...permanent, ...transient]) {
    it(`fail when the current key cannot be read: ${error}`, async () => {
      responses.b = error;
      expect(await failure(b)).to.equal(error);
      expect(await failure({ ...b, next: "c" })).to.equal(error);
    });
  }

  for (const stage of ["next", "previous"] as const) {
    const stages = { ...a, [stage]: "b" };

    for (const error of permanent) {
      it(`skip the ${stage} key after a permanent error: ${error}`, async () => {
        await toKids(keys, a);
        responses.b = error;
        expect(await toKids(keys, stages)).to.deep.equal({ current: kids.a, next: undefined, previous: undefined });
        expect(lines).to.have.length(1);
        expect(lines[0]).to.include({ level: "error", stage, arn: "b" });
        expect(lines[0]!.cause).to.include({ name: error });
      });
    }

    for (const error of transient) {
      it(`fail when the ${stage} key cannot be read temporarily: ${error}`, async () => {
        responses.b = error;
        expect(await failure(stages)).to.equal(error);
        expect(lines).to.have.length(0);
        delete responses.b;
        expect((await toKids(keys, stages))[stage]).to.equal(kids.b);
      });
    }
  }

  it("neither accept nor refuse a token at a cold start while KMS throttles the read of its key", async () => {
    await using service = await startService({ signingKeys: () => keys.load(JSON.stringify(b)) });
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: kids.a })).toString("base64url");
    const send = () => service.send("GET", "/v1/users/me", { token: `${header}.e30.AAAA` });
    responses.a = "ThrottlingException";
    const { status, headers } = await send();
    expect([status, headers.get("retry-after")]).to.deep.equal([503, "5"]);
    delete responses.a;
    expect((await send()).status).to.equal(401);
  });

  it("keep a known key, whatever KMS responds later", async () => {
    await toKids(keys, a);
    responses.a = "ThrottlingException";
    expect(await toKids(keys, b)).to.include({ current: kids.b, previous: kids.a });
    responses.a = "DisabledException";
    expect(await toKids(keys, b)).to.include({ current: kids.b, previous: kids.a });
  });

  it("log once for each change that a key is skipped", async () => {
    responses = { b: "DisabledException", c: "NotFoundException" };
    const arns = async (stages: StagedKeyArns, times = 3) => {
      lines = [];
      for (let time = 0; time < times; time += 1) await toKids(keys, stages);
      return lines.map(({ stage, arn }) => `${stage} ${arn}`);
    };
    expect(await arns({ ...a, next: "b" })).to.deep.equal(["next b"]);
    expect(await arns({ ...a, next: "c" })).to.deep.equal(["next c"]);
    expect(await arns({ ...a, next: "c", previous: "b" })).to.deep.equal(["previous b"]);
    expect(await arns(a)).to.deep.equal([]);
    expect(await arns({ ...a, next: "c" })).to.deep.equal(["next c"]);
  });
});

describeWith("AWS_ENDPOINT_URL", "Staged keys in a real KMS", () => {
  const kms = new KMSClient({});
  const log = () => jsonLogger(() => {});
  let [arn, id] = ["", ""];
  before(async () => {
    const made = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
    [arn, id] = [made.KeyMetadata!.Arn!, made.KeyMetadata!.KeyId!];
  });
  after(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 })));

  // The AWS emulator gives the public half of disabled keys, and of those that wait for their deletion.
  for (const [what, of] of [
    ["was deleted", () => arn.replace(/[\da-f]{12}$/, "000000000000")],
    ["is no key at all", () => "arn:nonsense"],
  ] as const) {
    it(`skip a next or previous key that ${what}, and fail without a current one`, async () => {
      for (const stage of ["next", "previous"]) {
        const loaded = await new StagedKmsKeys(log()).load(JSON.stringify({ current: arn, [stage]: of() }));
        expect([loaded.current.kid.length, loaded.next, loaded.previous]).to.deep.equal([43, undefined, undefined]);
      }
      const failed = await new StagedKmsKeys(log()).load(JSON.stringify({ current: of(), previous: arn })).then(
        () => "loaded",
        ({ name }) => name,
      );
      expect(failed).to.equal("NotFoundException");
    });
  }
});
