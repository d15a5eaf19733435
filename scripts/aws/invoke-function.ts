import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { redactText } from "../../service/platform/logging.ts";
import { environments } from "../../stacks/environments.ts";
import { functionName } from "../../stacks/names.ts";
import { explainAwsFailure } from "./explain-failure.ts";

/** A little more than the 15 minutes that Lambda gives a function. */
const requestTimeoutMs = 16 * 60 * 1_000;

/** What a function answered, and which it was. */
export interface Invocation<Result> {
  readonly name: string;
  readonly region: string;
  readonly result: Result;
}

/**
 * Calls an environment's own function and waits until it has ended: nothing outside the network reaches the database.
 *
 * @param id end of its name
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or the function fails
 */
export async function invokeFunction<Result>(
  environment: DeployedEnvironment,
  id: string,
  request: object = {},
): Promise<Invocation<Result>> {
  const { region } = environments[environment];
  const name = functionName(environment, id);
  const lambda = new LambdaClient({
    region,
    // A second call while the first one works would only wait for it.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  const answer = await lambda
    .send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) }))
    .catch((error: unknown) => {
      throw new ConfigurationError(
        `${name} was not called in ${region}: ${describeFailure(error, environment)}`,
        {
          cause: error,
        },
      );
    });
  const result = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || "{}");
  if (answer.FunctionError) {
    throw new ConfigurationError(
      `${name} failed in ${region}: ${redactText(String(result.errorMessage))}\n` +
        `Correct what it names and run this again; its log group is /aws/lambda/${name}.`,
    );
  }
  return { name, region, result };
}

function describeFailure(error: unknown, environment: DeployedEnvironment): string {
  if (error instanceof ResourceNotFoundException) {
    return `there is no such function. Deploy ecobeat-${environment}-service first, with credentials of the same account.`;
  }
  return explainAwsFailure("AWS Lambda", error);
}
