import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../../service/config.ts";
import { type DeployedEnvironment, functionName, liveAlias } from "../../../service/contract.ts";
import { type Account, loginEvent } from "./test-requests.ts";

/**
 * Logs in through the function that does so, as it is deployed.
 *
 * @returns an access token, which lasts for 15 minutes
 * @throws {ConfigurationError} if the account is refused, or the function failed
 */
export async function logIn(
  lambda: LambdaClient,
  environment: DeployedEnvironment,
  account: Account,
): Promise<string> {
  const FunctionName = functionName(environment, "auth");
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Qualifier: liveAlias, Payload: JSON.stringify(loginEvent(account)) }),
  );
  const { statusCode, body } = JSON.parse(Buffer.from(Payload ?? []).toString() || "{}");
  if (statusCode === 200) return JSON.parse(body).access_token;
  throw new ConfigurationError(
    `Nothing was measured: ${FunctionName} answered the login with ${statusCode ?? "an error"}. ` +
      "Try the account against the API, or leave out --email: then only what needs no account is measured.",
  );
}
