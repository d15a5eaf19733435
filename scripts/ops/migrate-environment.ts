import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../service/config.ts";
import {
  type DeployedEnvironment,
  type MigrationRequest,
  type MigrationResult,
  migrationFunction,
} from "../../service/contract.ts";
import { redactText } from "../../service/platform/logging.ts";
import { environments } from "../../stacks/environments.ts";
import { awsReason } from "./aws-reason.ts";
import { outcomeOf } from "./migrate.ts";

/** A little more than the 15 minutes that Lambda gives the function. */
const requestTimeoutMilliseconds = 16 * 60 * 1_000;

/**
 * Has an environment's own function create the missing indexes or, in a dry run, name them: nothing outside its network
 * reaches the database.
 *
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or the function fails
 */
export async function migrateEnvironment(environment: DeployedEnvironment, dryRun: boolean): Promise<void> {
  const { region } = environments[environment];
  const name = `ecobeat-${environment}-${migrationFunction}`;
  const result = await invoke(environment, name, region, { dryRun });
  console.log(`database: that of ${environment}, through ${name} in ${region}`);
  console.log(outcomeOf(result));
}

async function invoke(
  environment: DeployedEnvironment,
  name: string,
  region: string,
  request: MigrationRequest,
): Promise<MigrationResult> {
  const lambda = new LambdaClient({
    region,
    // A second call while the first one works would only wait for it.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMilliseconds,
      throwOnRequestTimeout: true,
    },
  });
  const answer = await lambda
    .send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) }))
    .catch((error: unknown) => {
      throw new ConfigurationError(`${name} was not called in ${region}: ${reason(error, environment)}`, {
        cause: error,
      });
    });
  const result = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || "{}");
  if (answer.FunctionError) {
    throw new ConfigurationError(
      `${name} failed in ${region}: ${redactText(String(result.errorMessage))}\n` +
        `Correct what it names and run this again; its log group is /aws/lambda/${name}.`,
    );
  }
  return result;
}

function reason(error: unknown, environment: DeployedEnvironment): string {
  if (error instanceof ResourceNotFoundException) {
    return `there is no such function. Deploy ecobeat-${environment}-service first, with credentials of the same account.`;
  }
  return awsReason("AWS Lambda", error);
}
