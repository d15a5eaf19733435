import { EventEmitter } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { configure, getCurrentInvoke } from "@vendia/serverless-express";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";

/** The Lambda handler of a REST API's proxy integration. */
export type ApiGatewayHandler = (
  event: APIGatewayProxyEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>;

/** Puts an app behind API Gateway's proxy events. */
export function apiGatewayHandler(app: RequestListener): ApiGatewayHandler {
  const adapter = configure({
    app,
    eventSourceName: "AWS_API_GATEWAY_V1",
    respondWithErrors: false,
    framework: { sendRequest: (exchange: AdapterRequest) => forwardRequest(app, exchange) },
  });
  return (event, context) =>
    // The adapter would take the part matched by `{proxy+}` for the whole path.
    adapter({ ...event, pathParameters: null }, context, () => {}) as Promise<APIGatewayProxyResult>;
}

/** The id that API Gateway gave the current request. It is in its access log as well: one id leads through both. */
export function gatewayRequestId(): string {
  return getCurrentInvoke().event.requestContext.requestId;
}

/** What the adapter makes of an event. */
interface AdapterRequest {
  request: IncomingMessage & { body?: Buffer };
  response: ServerResponse;
}

/**
 * Hands a request to the app; one that has a body, until it is answered. The adapter's own way returns at once and
 * then marks the request as read to its end: body-parser would skip the body whenever something before it had to
 * wait, such as the import of the route's module.
 */
function forwardRequest(app: RequestListener, { request, response }: AdapterRequest): void | Promise<void> {
  if (!request.body) return app(request, response);
  // What body-parser refuses to read it waits out, and for that it listens to the socket; the adapter's stand-in
  // for one cannot be listened to.
  request.socket = Object.assign(new EventEmitter(), request.socket) as Socket;
  return new Promise((resolve) => {
    response.once("finish", resolve);
    app(request, response);
  });
}
