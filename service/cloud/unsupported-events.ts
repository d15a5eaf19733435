import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, SQSEvent } from "aws-lambda";
import type { Logger } from "../platform/logging.ts";
import { Problem, problems, toProblemDetails } from "../platform/problems.ts";

/** An event that a function does not handle. */
export interface UnsupportedEvent {
  readonly log: Logger;
  readonly event: unknown;
  /** What the function handles, for its caller, such as "the hook event of CodeDeploy". */
  readonly supported: string;
  /**
   * Of Lambda's context, by which the log line is found.
   * @default a random UUID
   */
  readonly requestId?: string | undefined;
}

/**
 * Logs an event that a function does not handle, without its content, and returns the answer.
 *
 * A caller that waits for an HTTP response gets 500: the route to the function is wrong, and not the request, which an app must not
 * discard. Any other caller gets problem details. Nothing is thrown: Lambda would log a stack, retry the event, and keep it in a queue.
 */
export function refuseEvent({ log, event, supported, requestId = randomUUID() }: UnsupportedEvent): object {
  const kind = describeEvent(event);
  const isHttp = isHttpEvent(event);
  log.write(isHttp ? "error" : "warn", "unsupported event", { request_id: requestId, event_kind: kind, supported });
  if (isHttp) return toProxyResult(problems.internal(undefined), requestId);
  const detail = `The function handles only ${supported}, and this event is another: ${kind}. Nothing was done.`;
  return toProblemDetails(new Problem(400, "unsupported-event", "Unsupported event", detail), requestId);
}

/**
 * Whether an event is one of a REST API's proxy integration, in the parts that the adapter and the service rely on. An HTTP API with
 * payload version 1.0 sends the same.
 */
export function isProxyEvent(event: unknown): event is APIGatewayProxyEvent {
  if (!isObject(event)) return false;
  const { httpMethod, path, requestContext, body, isBase64Encoded } = event;
  return (
    typeof httpMethod === "string" &&
    typeof path === "string" &&
    isObject(requestContext) &&
    typeof requestContext.requestId === "string" &&
    (body == null || (typeof body === "string" && (!isBase64Encoded || isBase64(body)))) &&
    [event.headers, event.multiValueHeaders, event.multiValueQueryStringParameters].every(
      (values) => values == null || isObject(values),
    )
  );
}

/** Whether an event is a batch of messages from a queue of SQS, in the parts that a handler relies on. */
export const isSqsEvent = (event: unknown): event is SQSEvent =>
  isObject(event) &&
  Array.isArray(event.Records) &&
  event.Records.length > 0 &&
  event.Records.every(
    (record) =>
      isObject(record) &&
      record.eventSource === "aws:sqs" &&
      typeof record.messageId === "string" &&
      typeof record.body === "string",
  );

/** Whether an event has no content, as that of an operator who invokes a function. */
export const isEmptyEvent = (event: unknown): boolean =>
  event == null || (isObject(event) && Object.keys(event).length === 0);

/** Node skips invalid characters, which are missing in the result. */
const isBase64 = (text: string): boolean => Buffer.from(text, "base64").length === Buffer.byteLength(text, "base64");

/** Whether the sender of an event expects the response of a proxy integration. */
const isHttpEvent = (event: unknown): boolean =>
  isObject(event) && ("httpMethod" in event || "requestContext" in event || "rawPath" in event);

/** Sources of records, with which their queues and streams name themselves. */
const recordSources = new Set(["aws:dynamodb", "aws:kinesis", "aws:s3", "aws:ses", "aws:sns", "aws:sqs"]);

/** The kind of an event, in words of our own: its content may be personal. */
function describeEvent(event: unknown): string {
  if (!isObject(event)) return Array.isArray(event) ? "an array" : event == null ? "no event" : `a ${typeof event}`;
  if (Object.keys(event).length === 0) return "an empty object";
  const { Records: records, requestContext } = event;
  if (Array.isArray(records)) {
    const { eventSource, EventSource = eventSource } = isObject(records[0]) ? records[0] : {};
    return `records of ${recordSources.has(String(EventSource)) ? EventSource : "an unknown source"}`;
  }
  if (isObject(requestContext) && "elb" in requestContext) return "a request of a load balancer";
  if (event.version === "2.0" && ("rawPath" in event || "requestContext" in event)) {
    return "a request of an HTTP API or a function URL, payload version 2.0";
  }
  if (isHttpEvent(event)) return "an incomplete request of a REST API";
  if ("detail-type" in event && "source" in event) return "an event of EventBridge";
  return "an object of an unknown kind";
}

/** A problem as a proxy integration returns it. With headers in both forms: payload version 2.0 reads only one, and a load balancer either. */
export function toProxyResult(problem: Problem, requestId: string): APIGatewayProxyResult {
  const headers = {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Request-Id": requestId,
  };
  return {
    statusCode: problem.status,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: JSON.stringify(toProblemDetails(problem, requestId)),
    isBase64Encoded: false,
  };
}

/** Whether a value is an object with members, and no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
