import { randomBytes } from "node:crypto";
import {
  GetParameterCommand,
  InvalidKeyId,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import {
  type DeployedEnvironment,
  parameterPath,
  parameters,
  previewEnvironment,
  toNamePrefix,
} from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { dataKeyAlias } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Log } from "../cli/output.ts";
import { type ProbeAccount, probeAccountParameter } from "../release/pre-traffic/contract.ts";

/** As many as SHA-256 outputs, which uses the pepper as its key. */
const pepperBytes = 32;

const passwordBytes = 24;

/** A secret parameter, as in the JSON output of `secrets create`. Its value is nowhere. */
export interface SecretResult {
  readonly name: string;
  readonly region: string;
  readonly outcome: "created" | "would create" | "exists";
}

/** Options of {@link createSecrets}. */
export interface SecretsOptions {
  readonly environment: DeployedEnvironment;
  /** Creates nothing. */
  readonly dryRun?: boolean;
}

/**
 * Creates the secret parameters of an environment, unless they exist: the refresh-token pepper, which
 * `pepper rotate` replaces without ending sessions, and the probe account of the pre-traffic hook, which the first release registers. The previews of an environment share
 * a pepper of their own: with the environment's, the code of a pull request could forge refresh tokens. Values only go from this process to
 * SSM, in the region of the environment.
 *
 * @param log receives a line for each parameter
 * @throws {OperatorError} if AWS is unreachable or rejects a call
 */
export async function createSecrets(
  { environment, dryRun = false }: SecretsOptions,
  log: Log,
): Promise<SecretResult[]> {
  const { previews } = getEnvironment(environment);
  const createPepper = () => randomBytes(pepperBytes).toString("base64");
  const account: ProbeAccount = {
    // SES's mailbox simulator takes the mail of the registration, which would bounce anywhere else. No one else knows the label:
    // https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    email: `success+${randomBytes(8).toString("hex")}@simulator.amazonses.com`,
    password: randomBytes(passwordBytes).toString("base64url"),
  };
  const values = [
    [parameterPath(environment, parameters.refreshTokenPepper), createPepper()],
    [parameterPath(environment, probeAccountParameter), JSON.stringify(account)],
    ...(previews ? [[parameterPath(previewEnvironment, parameters.refreshTokenPepper), createPepper()] as const] : []),
  ] as const;
  const results: SecretResult[] = [];
  for (const [path, value] of values) {
    const result = await createSecret(environment, path, value, dryRun);
    const { name, region, outcome } = result;
    log(outcome === "exists" ? `${name} exists in ${region}, and was not changed` : `${outcome} ${name} in ${region}`);
    results.push(result);
  }
  return results;
}

async function createSecret(
  environment: DeployedEnvironment,
  name: string,
  Value: string,
  dryRun: boolean,
): Promise<SecretResult> {
  const { region } = getEnvironment(environment);
  const KeyId = dataKeyAlias(environment);
  const ssm = new SSMClient({ region, requestHandler: createRequestLimits() });
  try {
    if (dryRun) {
      await ssm.send(new GetParameterCommand({ Name: name }));
      return { name, region, outcome: "exists" };
    }
    await ssm.send(new PutParameterCommand({ Name: name, Value, Type: "SecureString", KeyId, Overwrite: false }));
    return { name, region, outcome: "created" };
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return { name, region, outcome: "exists" };
    if (error instanceof ParameterNotFound) return { name, region, outcome: "would create" };
    const { why, action } =
      error instanceof InvalidKeyId
        ? {
            why: `Its encryption key ${KeyId} does not exist or is not enabled.`,
            action: `Deploy ${toNamePrefix(environment)}-foundation first, with credentials of the same account.`,
          }
        : explainAwsFailure("AWS SSM", error);
    const what = `${name} was not created in ${region}.`;
    throw new OperatorError("secret-not-created", { what, why, action, cause: error });
  }
}
