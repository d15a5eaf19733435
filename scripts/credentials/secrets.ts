import { randomBytes } from "node:crypto";
import { InvalidKeyId, ParameterAlreadyExists, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { dataKeyAlias } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { type ProbeAccount, probeAccountParameter } from "../release/pre-traffic/contract.ts";

/** As many as SHA-256 outputs, which uses the pepper as its key. */
const pepperBytes = 32;

const passwordBytes = 24;

/**
 * Creates the secret parameters of an environment, unless they exist: the refresh-token pepper, because a new one would end all
 * sessions, and the probe account of the pre-traffic hook, which the first release registers. Values only go from this process to
 * SSM, in the region of the environment.
 *
 * @param log receives a line for each parameter
 * @throws {OperatorError} if AWS is unreachable or rejects a call
 */
export async function createSecrets(environment: DeployedEnvironment, log: (line: string) => void): Promise<void> {
  const pepper = randomBytes(pepperBytes).toString("base64");
  log(await createSecret(environment, parameters.refreshTokenPepper, pepper));
  const account: ProbeAccount = {
    email: `probe@${getEnvironment(environment).apiDomain}`,
    password: randomBytes(passwordBytes).toString("base64url"),
  };
  log(await createSecret(environment, probeAccountParameter, JSON.stringify(account)));
}

/** @returns the line for the log */
async function createSecret(environment: DeployedEnvironment, parameter: string, Value: string): Promise<string> {
  const name = parameterPath(environment, parameter);
  const { region } = getEnvironment(environment);
  const KeyId = dataKeyAlias(environment);
  try {
    await new SSMClient({ region, requestHandler: createRequestLimits() }).send(
      new PutParameterCommand({ Name: name, Value, Type: "SecureString", KeyId, Overwrite: false }),
    );
    return `created ${name} in ${region}`;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return `${name} exists in ${region}, and was not changed`;
    const { why, action } =
      error instanceof InvalidKeyId
        ? {
            why: `Its encryption key ${KeyId} does not exist or is not enabled.`,
            action: `Deploy ecobeat-${environment}-foundation first, with credentials of the same account.`,
          }
        : explainAwsFailure("AWS SSM", error);
    const what = `${name} was not created in ${region}.`;
    throw new OperatorError("secret-not-created", { what, why, action, cause: error });
  }
}
