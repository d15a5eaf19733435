import { EventEmitter } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { format } from "node:url";
import { configure, getCurrentInvoke } from "@vendia/serverless-express";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import { jsonLogger, type Logger } from "../platform/logging.ts";
import { problems } from "../platform/problems.ts";
import { isProxyEvent, refuseEvent, toProxyResult } from "./unsupported-events.ts";

/** The Lambda handler of a REST API's proxy integration. It answers any other event with a problem. */
export interface ApiGatewayHandler {
  (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult>;
  (event: unknown, context: Context): Promise<object>;
}

/**
 * A Lambda handler that passes proxy events of API Gateway to an app.
 * @param log gets a line about each other event; @default standard output
 */
export function apiGatewayHandler(app: RequestListener, log: Logger = jsonLogger()): ApiGatewayHandler {
  const adapter = configure({
    app,
    log: toAdapterLog(log),
    eventSource,
    eventSourceName: "AWS_API_GATEWAY_V1",
    binarySettings: { isBinary },
    respondWithErrors: false,
    framework: { sendRequest: (exchange: AdapterRequest) => forwardRequest(app, exchange) },
  });
  const handle = async (event: unknown, context: Context): Promise<object> => {
    if (!isProxyEvent(event)) {
      return refuseEvent({ log, event, supported: "requests of its REST API", requestId: context.awsRequestId });
    }
    // The adapter would take what `{proxy+}` matches for the whole path.
    const result: APIGatewayProxyResult = await adapter({ ...event, pathParameters: null }, context, () => {});
    // After an error outside the app, the adapter answers with neither headers nor a body.
    if (Object.keys(result.multiValueHeaders ?? {}).length > 0) return result;
    return toProxyResult(problems.internal(undefined), event.requestContext.requestId);
  };
  return handle as ApiGatewayHandler;
}

/** What the adapter knows of a response. Names of headers are in lower case. */
interface AdapterResponse {
  statusCode: number;
  headers: OutgoingHttpHeaders;
  body: string;
  isBase64Encoded: boolean;
}

/** What the adapter's own functions for this source do, in less time: theirs are made for every form of event. */
export const eventSource = {
  getRequest({ event }: { event: APIGatewayProxyEvent }) {
    const headers: Record<string, string | number> = {};
    const received = event.multiValueHeaders ?? event.headers ?? {};
    for (const name of Object.keys(received)) headers[name.toLowerCase()] = String(received[name]);
    const body = event.body ? Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8") : undefined;
    if (body) headers["content-length"] = body.length;
    const { path: pathname, multiValueQueryStringParameters: query } = event;
    return {
      method: event.httpMethod,
      headers,
      body,
      remoteAddress: event.requestContext.identity?.sourceIp ?? "",
      // It escapes what would end the path.
      path: query || /[?#]/.test(pathname) ? format({ pathname, query }) : pathname,
    };
  },
  getResponse({ statusCode, headers, body, isBase64Encoded }: AdapterResponse): APIGatewayProxyResult {
    const multiValueHeaders: Record<string, string[]> = {};
    for (const name of Object.keys(headers)) {
      const value = headers[name];
      multiValueHeaders[name] = Array.isArray(value) ? value : [String(value)];
    }
    return { statusCode, body, multiValueHeaders, isBase64Encoded };
  },
};

/** Decides as the adapter does, which compiles an expression for each response. */
export const isBinary = ({ headers }: Pick<AdapterResponse, "headers">): boolean =>
  /gzip|deflate|br/.test(String(headers["content-encoding"])) || String(headers["content-type"]).startsWith("image/");

/** The adapter's log. By default it writes errors to the console, as text of several lines. */
function toAdapterLog(log: Logger): Required<Parameters<typeof configure>[0]>["log"] {
  const ignore = () => {};
  return {
    error: (message, cause) => log.write("error", message, { request_id: gatewayRequestId(), cause }),
    warn: (message) => log.write("warn", message, { request_id: gatewayRequestId() }),
    info: ignore,
    verbose: ignore,
    debug: ignore,
  };
}

/** The id that API Gateway gave the current request. Its access log has the same id. */
export function gatewayRequestId(): string {
  return getCurrentInvoke().event.requestContext.requestId;
}

/** How long Lambda lets the function run for the current request. */
export function gatewayRemainingMilliseconds(): number {
  return getCurrentInvoke().context.getRemainingTimeInMillis();
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
