import { randomBytes, randomInt } from "node:crypto";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, type Credentials, STSClient } from "@aws-sdk/client-sts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { dataKeyAlias } from "../../stacks/names.ts";

/** An account of the AWS emulator that one drill uses alone. Resources in it have the names of a real environment. */
export class EmulatorAccount {
  readonly id: string;
  readonly #endpoint: string;
  readonly #region: string;
  readonly #credentials: Credentials;

  private constructor(id: string, endpoint: string, region: string, credentials: Credentials) {
    this.id = id;
    this.#endpoint = endpoint;
    this.#region = region;
    this.#credentials = credentials;
  }

  static async open(endpoint: string, region: string): Promise<EmulatorAccount> {
    const id = `9${randomInt(1e11).toString().padStart(11, "0")}`;
    const credentials = { accessKeyId: "drill", secretAccessKey: "drill" };
    const { Credentials } = await new STSClient({ endpoint, region, credentials }).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${id}:role/drill`, RoleSessionName: "drill" }),
    );
    return new EmulatorAccount(id, endpoint, region, Credentials!);
  }

  /** The configuration of a client of the AWS SDK. */
  get clientConfig() {
    const { AccessKeyId, SecretAccessKey, SessionToken } = this.#credentials;
    return {
      endpoint: this.#endpoint,
      region: this.#region,
      credentials: {
        accessKeyId: AccessKeyId!,
        secretAccessKey: SecretAccessKey!,
        sessionToken: SessionToken!,
      },
    };
  }

  /** Environment variables that give the AWS CLI and our commands access to the account. */
  get variables() {
    return {
      AWS_ENDPOINT_URL: this.#endpoint,
      AWS_REGION: this.#region,
      AWS_ACCESS_KEY_ID: this.#credentials.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: this.#credentials.SecretAccessKey!,
      AWS_SESSION_TOKEN: this.#credentials.SessionToken!,
    };
  }
}

/** Writes what the stacks create for the service and for `ops secrets`: addresses, a signing key, and a key for secrets. */
export async function writeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
  { mongodbUri, redisUrl }: Readonly<Record<"mongodbUri" | "redisUrl", string>>,
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
  const TargetKeyId = data.KeyMetadata!.KeyId!;
  await kms.send(new CreateAliasCommand({ AliasName: dataKeyAlias(environment), TargetKeyId }));
  const ssm = new SSMClient(account.clientConfig);
  for (const [name, Value] of [
    [parameters.mongodbUri, mongodbUri],
    [parameters.redisUrl, redisUrl],
    [parameters.jwtSigningKeys, JSON.stringify({ current: signing.KeyMetadata!.Arn })],
  ] as const) {
    const Name = parameterPath(environment, name);
    await ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));
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
