import { configure, getCurrentInvoke } from "@vendia/serverless-express";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import { createApp } from "./app.ts";
import { cloudBackends } from "./cloud/backends.ts";
import { defaultPasswords, defaultTokens, required, type ServiceConfig } from "./config.ts";
import { type DeployedEnvironment, variables } from "./contract.ts";
import { jsonLogger } from "./platform/logging.ts";

const config: ServiceConfig = {
  apiUrl: required(process.env, variables.apiUrl),
  corsOrigins: required(process.env, variables.corsOrigins).split(","),
  passwords: defaultPasswords,
  tokens: defaultTokens,
};
const environment = required(process.env, variables.environment) as DeployedEnvironment;
const log = jsonLogger();

const app = createApp({
  config,
  backends: cloudBackends(environment, log),
  log,
  // API Gateway's id is in its access log as well: one id leads through both.
  requestId: () => getCurrentInvoke().event.requestContext.requestId,
});

const adapter = configure({ app, eventSourceName: "AWS_API_GATEWAY_V1", respondWithErrors: false });

/** Answers an API Gateway REST proxy event. */
export const handler = (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> =>
  // The adapter would take the part matched by `{proxy+}` for the whole path.
  adapter({ ...event, pathParameters: null }, context, () => {}) as Promise<APIGatewayProxyResult>;
