import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
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
  backends: cloudBackends(environment),
  log,
  // API Gateway's id is in its access log as well: one id leads through both.
  requestId: () => getCurrentInvoke().event.requestContext.requestId,
});

const adapter = configure({
  app,
  eventSourceName: "AWS_API_GATEWAY_V1",
  respondWithErrors: false,
  framework: { sendRequest: answered },
});

/** What the adapter makes of an event. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/**
 * Hands a request to the app, until it has answered. The adapter's own way returns at once and then marks the
 * request as read to its end: body-parser would skip the body whenever something before it had to wait, such as
 * the import of the route's module.
 */
function answered({ request, response }: Exchange): Promise<void> {
  // What body-parser refuses to read it waits out, and for that it listens to the socket; the adapter's stand-in
  // for one cannot be listened to.
  request.socket = Object.assign(new EventEmitter(), request.socket) as Socket;
  return new Promise((resolve) => {
    response.once("finish", resolve);
    app(request, response);
  });
}

/** Answers an API Gateway REST proxy event. */
export const handler = (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> =>
  // The adapter would take the part matched by `{proxy+}` for the whole path.
  adapter({ ...event, pathParameters: null }, context, () => {}) as Promise<APIGatewayProxyResult>;
