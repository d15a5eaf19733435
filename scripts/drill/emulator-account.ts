import { randomInt } from "node:crypto";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** Variables by which AWS's own tools and our commands reach an account. */
export interface AccountVariables {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

/** An account of the AWS emulator that a drill has for itself, so that its names are those of a real environment. */
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

  /** What a client of the AWS SDK is made with. */
  get client() {
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
