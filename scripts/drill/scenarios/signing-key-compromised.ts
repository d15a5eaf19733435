import { setTimeout as wait } from "node:timers/promises";
import { DescribeKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { parameterPath, parameters, type StagedKeyArns } from "../../../service/contract.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

const daySeconds = 24 * 60 * 60;

/** Longer than processes take to read the stages. */
const refusedMilliseconds = 90_000;

/** Somebody else can sign access tokens, and makes one for another user that lasts a day. */
export const signingKeyCompromised: Scenario = {
  name: "signing-key-compromised",
  title: "Somebody else signs access tokens",
  runbook: "rotate-signing-keys",
  async run(drill) {
    const { localEnvironment, seed } = drill;
    const kms = new KMSClient(localEnvironment.region.account.clientConfig);
    const compromised = await currentKey(drill);
    await drill.keepWriting();
    let forged = "";
    await drill.causeDisaster("a token is forged", async () => {
      forged = await forge(kms, compromised, seed.clients[0]!.accessToken);
    });
    const headers = () => ({ "x-api-key": localEnvironment.apiKey, authorization: `Bearer ${forged}` });
    const answer = async () =>
      (await fetch(`${localEnvironment.api}/v1/users/me`, { headers: headers() })).status;
    await drill.detect(async () => {
      if ((await answer()) !== 200) throw new Error("The forged token is refused before anything was done.");
    });
    const refused = firstRefusal(answer);
    await drill.followRunbook("rotate-signing-keys", {}, [4, 5]);
    const seconds = (((await refused) - drill.milestones.disasterAt!) / 1_000).toFixed(1);
    await drill.verifyRecovery(async () => {
      const [status, published, state] = [
        await answer(),
        (await (await fetch(`${localEnvironment.api}/.well-known/jwks.json`)).json()) as {
          keys: { kid: string }[];
        },
        (await kms.send(new DescribeKeyCommand({ KeyId: idOf(compromised) }))).KeyMetadata!.KeyState,
      ];
      const kid = headerOf(forged).kid;
      return [
        {
          name: "the forged token is refused",
          passed: status === 401,
          detail: `${status}, ${seconds} s after it was made`,
        },
        {
          name: "the key is withdrawn and disabled",
          passed: state === "Disabled" && published.keys.every((key) => key.kid !== kid),
          detail: `${state}; ${published.keys.length} other key is published`,
        },
        {
          name: "sessions live on",
          passed: (await seed.clients[0]!.refresh()) === 200 && drill.traffic.repeatedLogins === 0,
          detail: `${drill.traffic.repeatedLogins} users had to log in anew`,
        },
      ];
    });
  },
};

/** @returns when the answer was 401 for the first time; waits no longer than processes may take to know */
async function firstRefusal(answer: () => Promise<number>): Promise<number> {
  const end = Date.now() + refusedMilliseconds;
  while ((await answer()) !== 401 && Date.now() < end) await wait(250);
  return Date.now();
}

async function currentKey({ localEnvironment }: Drill): Promise<string> {
  const { Parameter } = await new SSMClient(localEnvironment.region.account.clientConfig).send(
    new GetParameterCommand({ Name: parameterPath(localEnvironment.environment, parameters.jwtSigningKeys) }),
  );
  return (JSON.parse(Parameter!.Value!) as StagedKeyArns).current;
}

/** Another token of the user, by the same key. */
async function forge(kms: KMSClient, key: string, token: string): Promise<string> {
  const [header, payload] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload!, "base64url").toString());
  const longer = Buffer.from(JSON.stringify({ ...claims, exp: claims.iat + daySeconds })).toString(
    "base64url",
  );
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId: idOf(key),
      Message: Buffer.from(`${header}.${longer}`),
      MessageType: "RAW",
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
    }),
  );
  return `${header}.${longer}.${Buffer.from(Signature!).toString("base64url")}`;
}

const headerOf = (token: string): { kid: string } =>
  JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString());

/** The AWS emulator wants the id alone. */
const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);
