import {
  InvokeCommand,
  LambdaClient,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { redactText } from "../../service/platform/redaction.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName } from "../../stacks/names.ts";
import { OperatorError, type Reason } from "../cli/errors.ts";
import { runResumable } from "../cli/interruptible.ts";
import { explainAwsFailure } from "./explain-failure.ts";
import { createRequestLimits } from "./request-limits.ts";

/** Slightly more than Lambda's maximum timeout of 15 minutes. */
const requestTimeoutMs = 16 * 60 * 1_000;

/** A function of an environment. */
export interface FunctionRef {
  readonly name: string;
  readonly region: string;
}

/** The result of an invocation. */
export interface Invocation<Result> extends FunctionRef {
  readonly result: Result;
}

/** The function that {@link invokeFunction} invokes. */
export const getFunction = (environment: DeployedEnvironment, id: string): FunctionRef => ({
  name: functionName(environment, id),
  region: getEnvironment(environment).region,
});

/**
 * Invokes a function of an environment, and waits for its result: only the network of the environment can reach the database.
 *
 * @param id end of the function's name
 * @throws {OperatorError} if AWS refuses or does not respond, or the function fails or refuses the request
 */
export function invokeFunction<Result>(
  environment: DeployedEnvironment,
  id: string,
  request: object = {},
): Promise<Invocation<Result>> {
  const missing = `Deploy ${toNamePrefix(environment)}-service first, with credentials of the same account.`;
  return invoke(getFunction(environment, id), request, missing);
}

/**
 * Invokes a function, and waits for its result.
 *
 * @param missing what to do if it does not exist
 * @throws {OperatorError} like {@link invokeFunction}
 */
export async function invoke<Result>(
  { name, region }: FunctionRef,
  request: object,
  missing: string,
): Promise<Invocation<Result>> {
  const lambda = new LambdaClient({
    region,
    // A retry during the first invocation would only wait for it.
    maxAttempts: 1,
    requestHandler: createRequestLimits(requestTimeoutMs),
  });
  const output = await runResumable(
    () => lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) })),
    () => ({ why: `${name} continues in ${region}.`, action: "Run the command again to get a result." }),
  ).catch((error: unknown) => {
    const { why, action } = explainFailure(error, missing);
    throw new OperatorError("function-not-invoked", {
      what: `${name} was not invoked in ${region}.`,
      why,
      action,
      cause: error,
    });
  });
  const result = JSON.parse(Buffer.from(output.Payload ?? []).toString() || "{}");
  if (output.FunctionError) {
    throw new OperatorError("invoked-function-failed", {
      what: `${name} failed in ${region}.`,
      why: `${redactText(String(result.errorMessage))}.`,
      action: `Correct what the error names and run the command again. The log group is /aws/lambda/${name}.`,
    });
  }
  // Problem details, with which our functions refuse an event.
  if (typeof result.type === "string" && typeof result.detail === "string") {
    throw new OperatorError("event-refused", {
      what: `${name} refused the request in ${region}.`,
      why: result.detail,
      action: `Deploy the release that this command belongs to. The log group is /aws/lambda/${name}.`,
    });
  }
  return { name, region, result };
}

function explainFailure(error: unknown, missing: string): Reason {
  if (error instanceof ResourceNotFoundException) return { why: "The function does not exist.", action: missing };
  if (error instanceof TooManyRequestsException) {
    return {
      why: "It is in progress already, with all of its reserved concurrency.",
      action: "Wait until that run has ended, which takes at most 15 minutes, and run the command again.",
    };
  }
  return explainAwsFailure("AWS Lambda", error);
}
