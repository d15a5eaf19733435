import { randomBytes, randomInt } from "node:crypto";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { dataKeyAlias } from "../../stacks/names.ts";

/** Environment variables that give the AWS CLI and our commands access to an account. */
export type AccountVariables = Readonly<
  Record<
    "AWS_ENDPOINT_URL" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN",
    string
  >
>;

/** An account of the AWS emulator that one drill uses alone. Resources in it have the names of a real environment. */
export class EmulatorAccount {
  readonly id: string;
  readonly variables: AccountVariables;

  private constructor(id: string, variables: AccountVariables) {
    this.id = id;
    this.variables = variables;
  }

  static async open(endpoint: string, region: string): Promise<EmulatorAccount> {
    const id = `9${randomInt(1e11).toString().padStart(11, "0")}`;
    const sts = new STSClient({
      endpoint,
      region,
      credentials: { accessKeyId: "drill", secretAccessKey: "drill" },
    });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${id}:role/drill`, RoleSessionName: "drill" }),
    );
    return new EmulatorAccount(id, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
      AWS_SESSION_TOKEN: Credentials!.SessionToken!,
    });
  }

  /** The configuration of a client of the AWS SDK. */
  get clientConfig() {
    const { AWS_ENDPOINT_URL, AWS_REGION, ...keys } = this.variables;
    return {
      endpoint: AWS_ENDPOINT_URL,
      region: AWS_REGION,
      credentials: {
        accessKeyId: keys.AWS_ACCESS_KEY_ID,
        secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
        sessionToken: keys.AWS_SESSION_TOKEN,
      },
    };
  }
}

/** The addresses of the service's database and Redis. */
export interface ServiceAddresses {
  readonly mongodbUri: string;
  readonly redisUrl: string;
}

/** Writes what the stacks create for the service and for `ops secrets`: addresses, a signing key, and a key for secrets. */
export async function writeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
  { mongodbUri, redisUrl }: ServiceAddresses,
): Promise<void> {
  const kms = new KMSClient(account.clientConfig);
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
  const ssm = new SSMClient(account.clientConfig);
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
export async function createPepper(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
): Promise<void> {
  await new SSMClient(account.clientConfig).send(
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
  await new SSMClient(account.clientConfig).send(new DeleteParametersCommand({ Names }));
}
