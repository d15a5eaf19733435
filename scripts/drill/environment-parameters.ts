import { randomBytes } from "node:crypto";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type DeployedEnvironment, dataKeyAlias, parameterPath, parameters } from "../../service/contract.ts";
import type { EmulatorAccount } from "./emulator-account.ts";

/** Where an environment's service finds its database and its Redis. */
export interface Addresses {
  readonly mongodbUri: string;
  readonly redisUrl: string;
}

/** Writes what the stacks leave behind for the service and for `ops secrets`: addresses, a signing key, and a key for secrets. */
export async function writeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
  { mongodbUri, redisUrl }: Addresses,
): Promise<void> {
  const kms = new KMSClient(account.client);
  const signing = await kms.send(
    new CreateKeyCommand({
      KeySpec: "RSA_2048",
      KeyUsage: "SIGN_VERIFY",
      Tags: [
        { TagKey: "use", TagValue: "jwt-signing" },
        { TagKey: "Name", TagValue: `ecobeat-${environment}-jwt` },
      ],
    }),
  );
  const data = await kms.send(new CreateKeyCommand({}));
  await kms.send(
    new CreateAliasCommand({
      AliasName: dataKeyAlias(environment),
      TargetKeyId: data.KeyMetadata!.KeyId!,
    }),
  );
  const ssm = new SSMClient(account.client);
  for (const [name, Value] of [
    [parameters.mongodbUri, mongodbUri],
    [parameters.redisUrl, redisUrl],
    [parameters.jwtSigningKeys, JSON.stringify({ current: signing.KeyMetadata!.Arn })],
  ] as const) {
    await ssm.send(
      new PutParameterCommand({ Name: parameterPath(environment, name), Value, Type: "String" }),
    );
  }
}

/** Does what `ops secrets create` does. */
export async function writePepper(environment: DeployedEnvironment, account: EmulatorAccount): Promise<void> {
  await new SSMClient(account.client).send(
    new PutParameterCommand({
      Name: parameterPath(environment, parameters.refreshTokenPepper),
      Value: randomBytes(32).toString("base64"),
      Type: "SecureString",
      KeyId: dataKeyAlias(environment),
    }),
  );
}

export async function removeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
): Promise<void> {
  const Names = Object.values(parameters).map((name) => parameterPath(environment, name));
  await new SSMClient(account.client).send(new DeleteParametersCommand({ Names }));
}
