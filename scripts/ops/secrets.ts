import { randomBytes } from "node:crypto";
import { ParameterAlreadyExists, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type DeployedEnvironment, dataKeyAlias, parameterPath, parameters } from "../../service/contract.ts";

/** Bytes of the refresh-token pepper: as many as the hash it keys, SHA-256, gives out. */
const pepperBytes = 32;

/**
 * Creates the refresh-token pepper, unless it exists: a new one would end every session. Its value goes from this
 * process to SSM and nowhere else.
 */
export async function createSecrets(environment: DeployedEnvironment): Promise<void> {
  const name = parameterPath(environment, parameters.refreshTokenPepper);
  try {
    await new SSMClient({}).send(
      new PutParameterCommand({
        Name: name,
        Value: randomBytes(pepperBytes).toString("base64"),
        Type: "SecureString",
        KeyId: dataKeyAlias(environment),
        Overwrite: false,
      }),
    );
    console.log(`created ${name}`);
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    console.log(`${name} exists, left as it is`);
  }
}
