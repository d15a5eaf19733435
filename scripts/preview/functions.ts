import {
  GetFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import {
  type ErasureRequest,
  type ErasureResult,
  type MigrationOutcome,
  type MigrationRequest,
  toPreviewName,
  variables,
} from "../../service/contract.ts";
import { getPreviewHost } from "../../stacks/environments/index.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { invoke } from "../aws/invoke-function.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";

/** What the functions of a preview say of it. */
export interface DeployedPreview {
  readonly url: string;
  /** In RFC 3339: the tag `expires`. */
  readonly expiresAt: string;
}

const openLambda = (): LambdaClient =>
  new LambdaClient({ region: getPreviewHost().region, requestHandler: createRequestLimits() });

/** Calls Lambda. @returns undefined if the function does not exist */
async function call<T>(what: string, send: (lambda: LambdaClient) => Promise<T>): Promise<T | undefined> {
  try {
    return await send(openLambda());
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    const { why, action } = explainAwsFailure("AWS Lambda", error);
    throw new OperatorError("preview-function-unknown", { what, why, action, cause: error });
  }
}

/** Reads the URL and the expiry of a preview from its function `api`. @returns undefined if that does not exist */
export async function findDeployed(pullRequest: number): Promise<DeployedPreview | undefined> {
  const FunctionName = `${toPreviewName(pullRequest)}-api`;
  const found = await call(`The state of ${FunctionName} is unknown.`, (lambda) =>
    lambda.send(new GetFunctionCommand({ FunctionName })),
  );
  const url = found?.Configuration?.Environment?.Variables?.[variables.apiUrl];
  const expiresAt = found?.Tags?.expires;
  return url && expiresAt ? { url, expiresAt } : undefined;
}

/** Lets Lambda throttle all new requests, so that none of them stores data after the erasure. Those that run complete. */
export async function stopRequests(pullRequest: number): Promise<void> {
  for (const id of ["auth", "api"]) {
    const FunctionName = `${toPreviewName(pullRequest)}-${id}`;
    await call(`${FunctionName} was not stopped, and nothing was deleted.`, (lambda) =>
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 })),
    );
  }
}

/** Creates the missing indexes of a preview's database. */
export async function createIndexes(pullRequest: number): Promise<MigrationOutcome> {
  const request: MigrationRequest = {};
  return (await invokeMigration<MigrationOutcome>(pullRequest, request)).result;
}

/**
 * Deletes the data of a preview.
 * @returns undefined if its function does not exist: then it has never stored any, or an earlier run has deleted them
 */
export async function erase(pullRequest: number): Promise<ErasureResult | undefined> {
  const name = toPreviewName(pullRequest);
  const FunctionName = `${name}-${migrationFunction}`;
  const exists = await call(`The state of ${FunctionName} is unknown.`, (lambda) =>
    lambda.send(new GetFunctionCommand({ FunctionName })),
  );
  if (!exists) return undefined;
  const request: ErasureRequest = { erase: name };
  return (await invokeMigration<ErasureResult>(pullRequest, request)).result;
}

const invokeMigration = <Result>(pullRequest: number, request: object) =>
  invoke<Result>(
    { name: `${toPreviewName(pullRequest)}-${migrationFunction}`, region: getPreviewHost().region },
    request,
    `Run \`npm run ops -- preview create ${pullRequest}\` again.`,
  );
