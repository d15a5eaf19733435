import { randomBytes } from "node:crypto";
import { InvalidKeyId, ParameterAlreadyExists, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { environments } from "../../stacks/environments/index.ts";
import { dataKeyAlias } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { type Explanation, OperatorError } from "../cli/errors.ts";
import { type ProbeAccount, probeAccountParameter } from "../release/pre-traffic/contract.ts";

/** Bytes of the refresh-token pepper: as many as the hash it keys, SHA-256, gives out. */
const pepperBytes = 32;

/** Bytes of the probe account's password: nobody types it. */
const passwordBytes = 24;

/**
 * Creates what must be secret, unless it exists: the refresh-token pepper, as a new one would end every session, and the account
 * that new versions are tried with, which the first release registers. Values go from this process to SSM, in the environment's
 * region, and nowhere else.
 *
 * @param log receives a line for each parameter
 * @throws {OperatorError} if AWS cannot be reached or refuses
 */
export async function createSecrets(
  environment: DeployedEnvironment,
  log: (line: string) => void,
): Promise<void> {
  const pepper = randomBytes(pepperBytes).toString("base64");
  log(await createSecret(environment, parameters.refreshTokenPepper, pepper));
  const account: ProbeAccount = {
    email: `probe@${environments[environment].apiDomain}`,
    password: randomBytes(passwordBytes).toString("base64url"),
  };
  log(await createSecret(environment, probeAccountParameter, JSON.stringify(account)));
}

/** @returns what became of the parameter */
async function createSecret(
  environment: DeployedEnvironment,
  parameter: string,
  Value: string,
): Promise<string> {
  const name = parameterPath(environment, parameter);
  const { region } = environments[environment];
  const ssm = new SSMClient({
    region,
    requestHandler: createRequestLimits(),
  });
  try {
    await ssm.send(
      new PutParameterCommand({
        Name: name,
        Value,
        Type: "SecureString",
        KeyId: dataKeyAlias(environment),
        Overwrite: false,
      }),
    );
    return `created ${name} in ${region}`;
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) {
      const { why, action } = explainFailure(error, environment);
      throw new OperatorError(
        "secret-not-created",
        { what: `${name} was not created in ${region}.`, why, action },
        { cause: error },
      );
    }
    return `${name} exists in ${region}, left as it is`;
  }
}

function explainFailure(error: unknown, environment: DeployedEnvironment): Omit<Explanation, "what"> {
  if (error instanceof InvalidKeyId) {
    return {
      why: `Its encryption key ${dataKeyAlias(environment)} does not exist or is not enabled.`,
      action: `Deploy ecobeat-${environment}-foundation first, with credentials of the same account.`,
    };
  }
  return explainAwsFailure("AWS SSM", error);
}
