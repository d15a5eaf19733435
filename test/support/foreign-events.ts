import type { APIGatewayProxyEvent } from "aws-lambda";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";

/** Occurs in each event that has content, and must occur in no log line and no answer. */
export const personalMarker = "ann@example.com";

interface ForeignEvent {
  readonly name: string;
  readonly event: unknown;
  /** How the log names it. */
  readonly kind: string;
  /** Whether its sender reads the response of a proxy integration. */
  readonly isHttp: boolean;
}

const request = toApiGatewayEvent({ method: "POST", path: `/v1/${personalMarker}`, body: { email: personalMarker } });

const { requestContext: _, ...withoutContext } = request;

const changed = (members: { [Name in keyof APIGatewayProxyEvent]?: unknown }) => ({ ...request, ...members });

const incomplete = "an incomplete request of a REST API";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const payloadVersion2 = {
  version: "2.0",
  routeKey: "$default",
  rawPath: `/v1/${personalMarker}`,
  rawQueryString: "",
  headers: { "content-type": "application/json" },
  requestContext: {
    accountId: "123456789012",
    domainName: "id.lambda-url.eu-central-1.on.aws",
    http: { method: "POST", path: `/v1/${personalMarker}`, protocol: "HTTP/1.1", sourceIp: "192.0.2.1" },
    requestId: "id",
    stage: "$default",
  },
  body: `{"email":"${personalMarker}"}`,
  isBase64Encoded: false,
};

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html */
const loadBalancer = {
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/b" } },
  httpMethod: "GET",
  path: `/v1/${personalMarker}`,
  queryStringParameters: {},
  headers: { host: "lambda.elb.amazonaws.com" },
  body: "",
  isBase64Encoded: false,
};

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
export const schedulerEvent = {
  version: "0",
  id: "d32c5kddcf5bb8c3",
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  account: "123456789012",
  time: "2026-11-22T12:30:00Z",
  region: "eu-central-1",
  resources: ["arn:aws:scheduler:eu-central-1:123456789012:schedule/default/dump"],
  detail: "{}",
};

const others: Record<string, readonly [kind: string, event: unknown]> = {
  "an invocation without a payload": ["no event", null],
  "an invocation with {}": ["an empty object", {}],
  "a string": ["a string", personalMarker],
  "a number": ["a number", 1],
  "an array": ["an array", [personalMarker]],
  "a warm-up": ["an object of an unknown kind", { source: "serverless-plugin-warmup", by: personalMarker }],
  "an event of EventBridge": [
    "an event of EventBridge",
    { ...schedulerEvent, source: "aws.events", detail: { by: personalMarker } },
  ],
  "a message of a queue": [
    "records of aws:sqs",
    { Records: [{ messageId: "id", body: personalMarker, eventSource: "aws:sqs" }] },
  ],
  "a notification of a topic": [
    "records of aws:sns",
    { Records: [{ EventSource: "aws:sns", Sns: { Message: personalMarker } }] },
  ],
  "records that name their source by personal data": [
    "records of an unknown source",
    { Records: [{ eventSource: personalMarker }] },
  ],
  "records without content": ["records of an unknown source", { Records: [] }],
};

const requests: Record<string, readonly [kind: string, event: unknown]> = {
  "payload version 2.0": ["a request of an HTTP API or a function URL, payload version 2.0", payloadVersion2],
  "a load balancer": ["a request of a load balancer", loadBalancer],
  "a request without its context": [incomplete, withoutContext],
  "a request whose context is null": [incomplete, changed({ requestContext: null })],
  "a request whose context has no id": [incomplete, changed({ requestContext: {} })],
  "a request without a method": [incomplete, changed({ httpMethod: undefined })],
  "a request without a path": [incomplete, changed({ path: null })],
  "a request with broken base64": [incomplete, changed({ body: `%%%${personalMarker}`, isBase64Encoded: true })],
  "a request whose body is no text": [incomplete, changed({ body: { email: personalMarker } })],
  "a request whose headers are a text": [incomplete, changed({ multiValueHeaders: personalMarker })],
};

/** What may invoke a function that serves a REST API, other than the REST API. */
export const foreignEvents: readonly ForeignEvent[] = [
  ...Object.entries(others).map(([name, [kind, event]]) => ({ name, kind, event, isHttp: false })),
  ...Object.entries(requests).map(([name, [kind, event]]) => ({ name, kind, event, isHttp: true })),
];

/** Whether an event has no content, as that of an operator who invokes a function. */
export const isEmptyEvent = (event: unknown): boolean => event === null || JSON.stringify(event) === "{}";
