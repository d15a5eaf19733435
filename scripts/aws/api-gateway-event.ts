import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { namePrefix } from "../../service/company.ts";

/** A request as a client sends it to API Gateway. */
export interface GatewayRequest {
  method?: string;
  path: string;
  /** Values by name; an array is a repeated header. */
  headers?: Record<string, string | string[]>;
  query?: Record<string, string[]>;
  /** A string is sent unchanged, bytes in base64, another value as JSON with its content type. */
  body?: unknown;
  token?: string;
  /** The resource that matches, such as `/v1/{proxy+}`. */
  resource?: string;
  pathParameters?: Record<string, string>;
  /** @default a random UUID */
  requestId?: string;
}

/** The event of a REST API's proxy integration for a request. */
export function toApiGatewayEvent(request: GatewayRequest): APIGatewayProxyEvent {
  const { method = "GET", path, resource = path, query, body, token, requestId = randomUUID() } = request;
  const isBase64Encoded = body instanceof Uint8Array;
  const isJson = body !== undefined && typeof body !== "string" && !isBase64Encoded;
  const multiValueHeaders = Object.fromEntries(
    Object.entries({
      Host: "api.test",
      ...(isJson && { "Content-Type": "application/json" }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...request.headers,
    }).map(([name, value]) => [name, [value].flat()]),
  );
  return {
    resource,
    path,
    httpMethod: method,
    headers: toSingleValues(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query ? toSingleValues(query) : null,
    multiValueQueryStringParameters: query ?? null,
    pathParameters: request.pathParameters ?? null,
    stageVariables: null,
    body: isBase64Encoded ? Buffer.from(body).toString("base64") : isJson ? JSON.stringify(body) : toText(body),
    isBase64Encoded,
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      authorizer: null,
      protocol: "HTTP/1.1",
      httpMethod: method,
      identity: createIdentity(),
      path,
      stage: "live",
      requestId,
      requestTimeEpoch: Date.now(),
      resourceId: "resource",
      resourcePath: resource,
    },
  };
}

const toText = (body: unknown) => (typeof body === "string" ? body : null);

const toSingleValues = (values: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1)!]));

/** The caller as API Gateway sees it: an address, and no AWS identity. */
function createIdentity(): APIGatewayProxyEvent["requestContext"]["identity"] {
  return {
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: "192.0.2.1",
    user: null,
    userAgent: `${namePrefix}/1.0`,
    userArn: null,
  };
}
