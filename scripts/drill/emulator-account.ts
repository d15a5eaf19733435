import { randomBytes, randomInt } from "node:crypto";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { type Credentials, STS } from "@aws-sdk/client-sts";
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
    const { Credentials } = await new STS({ endpoint, region, credentials }).assumeRole({
      RoleArn: `arn:aws:iam::${id}:role/drill`,
      RoleSessionName: "drill",
    });
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

  /**
   * Creates a role. The emulator stores its policies and does not enforce them: the tests simulate the policies instead.
   * @returns its ARN
   */
  async createRole(RoleName: string, Path = "/"): Promise<string> {
    const Statement = [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ];
    const { Role } = await new IAM(this.clientConfig).createRole({
      RoleName,
      Path,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    });
    return Role!.Arn!;
  }
}

/** Writes what the stacks create for the service and for `ops secrets`: addresses, a signing key, and a key for secrets. */
export async function writeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
  addresses: { readonly mongodbUri: string; readonly redisUrl: string },
): Promise<void> {
  const kms = new KMS(account.clientConfig);
  const signing = await kms.createKey({
    KeySpec: "RSA_2048",
    KeyUsage: "SIGN_VERIFY",
    Tags: [
      { TagKey: "use", TagValue: "jwt-signing" },
      { TagKey: "Name", TagValue: `ecobeat-${environment}-jwt` },
    ],
  });
  const data = await kms.createKey({});
  const TargetKeyId = data.KeyMetadata!.KeyId!;
  await kms.createAlias({ AliasName: dataKeyAlias(environment), TargetKeyId });
  const ssm = new SSM(account.clientConfig);
  const values = { ...addresses, jwtSigningKeys: JSON.stringify({ current: signing.KeyMetadata!.Arn }) };
  for (const [name, Value] of Object.entries(values)) {
    const Name = parameterPath(environment, parameters[name as keyof typeof values]);
    await ssm.putParameter({ Name, Value, Type: "String" });
  }
}

/** Creates the refresh-token pepper as `ops secrets create` does. */
export async function createPepper(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
): Promise<void> {
  await new SSM(account.clientConfig).putParameter({
    Name: parameterPath(environment, parameters.refreshTokenPepper),
    Value: randomBytes(32).toString("base64"),
    Type: "SecureString",
    KeyId: dataKeyAlias(environment),
  });
}

export async function removeParameters(
  environment: DeployedEnvironment,
  account: EmulatorAccount,
): Promise<void> {
  const Names = Object.values(parameters).map((name) => parameterPath(environment, name));
  await new SSM(account.clientConfig).deleteParameters({ Names });
}
