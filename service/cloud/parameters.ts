import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ConfigurationError } from "../config.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../contract.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";
import { awsClientOptions } from "../platform/tls.ts";

/**
 * Reads parameters of the service in one call.
 *
 * @param names parameters that the function may read: a call with any other fails; @default all
 * @returns a function from name to value. It throws for a missing parameter, so that only the dependency that needs it fails
 */
export async function readParameters(
  environment: DeployedEnvironment,
  names: readonly string[] = Object.values(parameters),
  timeouts = defaultTimeouts,
): Promise<(name: string) => string> {
  const ssm = new SSMClient(awsClientOptions(timeouts));
  const { Parameters = [] } = await ssm.send(
    new GetParametersCommand({ Names: names.map((name) => parameterPath(environment, name)), WithDecryption: true }),
  );
  const values = new Map(Parameters.map(({ Name, Value }) => [Name, Value]));
  return (name) => {
    const path = parameterPath(environment, name);
    const value = values.get(path);
    if (!value)
      throw new ConfigurationError(`The SSM parameter ${path} does not exist. Create it; docs/bootstrap.md says how.`);
    return value;
  };
}
