import { randomBytes } from "node:crypto";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type DeployedEnvironment, parameterPath, parameters } from "../../../service/contract.ts";
import type { EmulatorAccount } from "./emulator-account.ts";

/** Where an environment's service finds its database and its Redis. */
export interface Addresses {
  readonly mongodbUri: string;
  readonly redisUrl: string;
}

/** Writes what the stacks and `ops secrets` leave behind for the service: addresses, a pepper and a signing key. */
export async function writeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
  { mongodbUri, redisUrl }: Addresses,
): Promise<void> {
  const key = await new KMSClient(account.client).send(
    new CreateKeyCommand({
      KeySpec: "RSA_2048",
      KeyUsage: "SIGN_VERIFY",
      Tags: [
        { TagKey: "use", TagValue: "jwt-signing" },
        { TagKey: "Name", TagValue: `ecobeat-${environment}-jwt` },
      ],
    }),
  );
  const ssm = new SSMClient(account.client);
  for (const [name, Value] of [
    [parameters.mongodbUri, mongodbUri],
    [parameters.redisUrl, redisUrl],
    [parameters.jwtSigningKeys, JSON.stringify({ current: key.KeyMetadata!.Arn })],
    [parameters.refreshTokenPepper, randomBytes(32).toString("base64")],
  ] as const) {
    await ssm.send(
      new PutParameterCommand({
        Name: parameterPath(environment, name),
        Value,
        Type: "String",
        Overwrite: true,
      }),
    );
  }
}
