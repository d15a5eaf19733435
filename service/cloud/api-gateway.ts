import { EventEmitter } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { configure, getCurrentInvoke } from "@vendia/serverless-express";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";

/** The Lambda handler of a REST API's proxy integration. */
export type ApiGatewayHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** A Lambda handler that passes proxy events of API Gateway to an app. */
export function apiGatewayHandler(app: RequestListener): ApiGatewayHandler {
  const adapter = configure({
    app,
    eventSourceName: "AWS_API_GATEWAY_V1",
    respondWithErrors: false,
    framework: { sendRequest: (exchange: AdapterRequest) => forwardRequest(app, exchange) },
  });
  return (event, context) =>
    // The adapter would take what `{proxy+}` matches for the whole path.
    adapter({ ...event, pathParameters: null }, context, () => {}) as Promise<APIGatewayProxyResult>;
}

/** The id that API Gateway gave the current request. Its access log has the same id. */
export function gatewayRequestId(): string {
  return getCurrentInvoke().event.requestContext.requestId;
}

/** What the adapter creates from an event. */
interface AdapterRequest {
  request: IncomingMessage & { body?: Buffer };
  response: ServerResponse;
}

/**
 * Passes a request to the app, and waits for the response if it has a body. The adapter's own function returns immediately and then
 * marks the request as read: body-parser would skip the body whenever a step before it waits, such as the import of the
 * route's module.
 */
function forwardRequest(app: RequestListener, { request, response }: AdapterRequest): void | Promise<void> {
  if (!request.body) return app(request, response);
  // When body-parser refuses a body, it drains the request and listens to the socket. The adapter's fake socket has no events.
  request.socket = Object.assign(new EventEmitter(), request.socket) as Socket;
  return new Promise((resolve) => {
    response.once("finish", resolve);
    app(request, response);
  });
}
