import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { parameterPath, parameters, type StagedKeyArns, toNamePrefix } from "../../../service/contract.ts";
import { poll } from "../../cli/polling.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

const daySeconds = 24 * 60 * 60;

/** Longer than processes take to read the new stages. */
const rejectionTimeoutMs = 90_000;

/** An attacker can sign access tokens, and forges one for another user that lasts a day. */
export const signingKeyCompromised: Scenario = {
  name: "signing-key-compromised",
  title: "An attacker signs access tokens",
  practice: {
    message: `Security reports an access token that we did not issue. It was signed at <since> with a key of ${toNamePrefix("<environment>")}, and lasts a day.`,
    observations: ["CloudTrail: `Sign` was called by the role of `auth`, and at <since> by a user that no one knows."],
  },
  runbook: "rotate-signing-keys",
  async run(drill) {
    const { api, apiKey, region } = drill.localEnvironment;
    const user = drill.seed.clients[0]!;
    const kms = new KMS(region.account.clientConfig);
    const compromised = await getCurrentKey(drill);
    await drill.keepWriting();
    let forged = "";
    await drill.causeDisaster("a token is forged", async () => {
      forged = await forge(kms, compromised, user.accessToken);
    });
    const useToken = async () => {
      const headers = { "x-api-key": apiKey, authorization: `Bearer ${forged}` };
      return (await fetch(`${api}/v1/users/me`, { headers })).status;
    };
    await drill.detect(async () => {
      if ((await useToken()) !== 200) throw new Error("The service rejects the forged token before any step.");
    });
    const rejectedAt = waitForRejection(useToken);
    await drill.followRunbook("rotate-signing-keys", { steps: [4, 5] });
    const seconds = (((await rejectedAt) - drill.milestones.disasterAt!) / 1_000).toFixed(1);
    await drill.verifyRecovery(async () => {
      const status = await useToken();
      const response = await fetch(`${api}/.well-known/jwks.json`);
      const { keys } = (await response.json()) as { keys: { kid: string }[] };
      const { KeyMetadata } = await kms.describeKey({ KeyId: toKeyId(compromised) });
      const { kid } = JSON.parse(Buffer.from(forged.split(".")[0]!, "base64url").toString());
      return [
        {
          name: "the forged token is rejected",
          passed: status === 401,
          detail: `${status}, ${seconds} s after it was forged`,
        },
        {
          name: "the key is unpublished and disabled",
          // An empty key set refuses all tokens, and shows nothing of this key.
          passed: KeyMetadata!.KeyState === "Disabled" && keys.length > 0 && keys.every((key) => key.kid !== kid),
          detail: `${KeyMetadata!.KeyState}; ${keys.length} other key is published`,
        },
        {
          name: "sessions survive",
          passed: (await user.refresh()) === 200 && drill.traffic.repeatedLogins === 0,
          detail: `${drill.traffic.repeatedLogins} users had to log in again`,
        },
      ];
    });
  },
};

/** @returns the time of the first 401, or of the timeout */
async function waitForRejection(useToken: () => Promise<number>): Promise<number> {
  const end = Date.now() + rejectionTimeoutMs;
  const attempt = async () => ((await useToken()) === 401 || Date.now() >= end ? Date.now() : undefined);
  return poll(attempt, { delayMs: 250 });
}

async function getCurrentKey({ localEnvironment }: Drill): Promise<string> {
  const { Parameter } = await new SSM(localEnvironment.region.account.clientConfig).getParameter({
    Name: parameterPath(localEnvironment.environment, parameters.jwtSigningKeys),
  });
  return (JSON.parse(Parameter!.Value!) as StagedKeyArns).current;
}

/** Another token of the same user, by the same key. */
async function forge(kms: KMS, key: string, token: string): Promise<string> {
  const [header, payload] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload!, "base64url").toString());
  const body = Buffer.from(JSON.stringify({ ...claims, exp: claims.iat + daySeconds })).toString("base64url");
  const { Signature } = await kms.sign({
    KeyId: toKeyId(key),
    Message: Buffer.from(`${header}.${body}`),
    MessageType: "RAW",
    SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
  });
  return `${header}.${body}.${Buffer.from(Signature!).toString("base64url")}`;
}

/** The AWS emulator requires the id, and does not accept the ARN. */
const toKeyId = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
