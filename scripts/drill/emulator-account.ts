import { randomBytes, randomInt } from "node:crypto";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { STS } from "@aws-sdk/client-sts";
import { type DeployedEnvironment, parameterPath, parameters, toNamePrefix } from "../../service/contract.ts";
import { dataKeyAlias } from "../../stacks/names.ts";

/** An account of the AWS emulator that one drill uses alone. Resources in it have the names of a real environment. */
export type EmulatorAccount = Awaited<ReturnType<typeof openEmulatorAccount>>;

export async function openEmulatorAccount(endpoint: string, region: string) {
  const id = `9${randomInt(1e11).toString().padStart(11, "0")}`;
  const anyone = { accessKeyId: "drill", secretAccessKey: "drill" };
  const { Credentials } = await new STS({ endpoint, region, credentials: anyone }).assumeRole({
    RoleArn: `arn:aws:iam::${id}:role/drill`,
    RoleSessionName: "drill",
  });
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  return {
    id,
    /** The configuration of a client of the AWS SDK. */
    clientConfig: { endpoint, region, credentials },
    /** Environment variables that give the AWS CLI and our commands access to the account. */
    variables: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    },
  };
}

/**
 * Creates a role. The emulator stores its policies and does not enforce them: the tests simulate the policies instead.
 * @returns its ARN
 */
export async function createRole({ clientConfig }: EmulatorAccount, RoleName: string, Path = "/"): Promise<string> {
  const Statement = [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const { Role } = await new IAM(clientConfig).createRole({
    RoleName,
    Path,
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  return Role!.Arn!;
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
      { TagKey: "Name", TagValue: `${toNamePrefix(environment)}-jwt` },
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
export async function createPepper(environment: DeployedEnvironment, account: EmulatorAccount): Promise<void> {
  await new SSM(account.clientConfig).putParameter({
    Name: parameterPath(environment, parameters.refreshTokenPepper),
    Value: randomBytes(32).toString("base64"),
    Type: "SecureString",
    KeyId: dataKeyAlias(environment),
  });
}

export async function removeParameters(environment: DeployedEnvironment, account: EmulatorAccount): Promise<void> {
  const Names = Object.values(parameters).map((name) => parameterPath(environment, name));
  await new SSM(account.clientConfig).deleteParameters({ Names });
}
