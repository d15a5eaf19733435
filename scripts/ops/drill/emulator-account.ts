import { randomInt } from "node:crypto";

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
    const answer = await call(endpoint, `${region}/sts`, "drill", {
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: `arn:aws:iam::${id}:role/drill`,
      RoleSessionName: "drill",
    });
    return new EmulatorAccount(id, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: textOf(answer, "AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: textOf(answer, "SecretAccessKey"),
      AWS_SESSION_TOKEN: textOf(answer, "SessionToken"),
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

  /** A call of a service that speaks AWS's Query protocol, and whose SDK nothing else needs. */
  query(service: "elasticache" | "iam", parameters: Record<string, string>): Promise<string> {
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_REGION } = this.variables;
    return call(AWS_ENDPOINT_URL, `${AWS_REGION}/${service}`, AWS_ACCESS_KEY_ID, {
      Version: versions[service],
      ...parameters,
    });
  }
}

const versions = { elasticache: "2015-02-02", iam: "2010-05-08" };

/** The emulator looks at the access key to know the account, and at no signature. */
async function call(
  endpoint: string,
  scope: string,
  accessKey: string,
  parameters: Record<string, string>,
): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/${scope}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: new URLSearchParams(parameters),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The AWS emulator refused ${parameters.Action}: ${text}`);
  return text;
}

const textOf = (xml: string, element: string): string => new RegExp(`<${element}>([^<]+)<`).exec(xml)![1]!;
