import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { listenHttp } from "./listen.ts";

/** The AWS identity that a key belongs to. */
export interface Identity {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** @default the key is permanent */
  readonly sessionToken?: string;
}

/** What a Lambda handler returns for a request of a function URL. */
interface Returned {
  statusCode?: number;
  headers?: Record<string, string>;
  body?: string;
}

type Handler = (
  event: unknown,
  context: { awsRequestId: string; getRemainingTimeInMillis(): number },
) => Promise<object>;

/** What a request is, besides its caller. */
interface FunctionUrlRequest {
  readonly body?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
}

/**
 * The event of a request that Lambda has authenticated, payload version 2.0:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 * @param userArn @default the function URL has no authentication
 */
export function toFunctionUrlEvent(userArn: string | undefined, request: FunctionUrlRequest) {
  const { body, method = "POST", headers = {}, sourceIp = "192.0.2.7" } = request;
  const accountId = userArn?.split(":")[4] ?? "anonymous";
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/",
    rawQueryString: "",
    headers,
    requestContext: {
      accountId,
      apiId: "abcdefghijklmnop",
      ...(userArn !== undefined && {
        authentication: null,
        authorizer: {
          iam: {
            accessKey: "ASIAEXAMPLE",
            accountId,
            callerId: "AROAEXAMPLE:session",
            cognitoIdentity: null,
            principalOrgId: null,
            userArn,
            userId: "AROAEXAMPLE:session",
          },
        },
      }),
      domainName: "abcdefghijklmnop.lambda-url.eu-west-1.on.aws",
      domainPrefix: "abcdefghijklmnop",
      http: { method, path: "/", protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "30/Nov/2026:08:00:00 +0000",
      timeEpoch: Date.now(),
    },
    ...(body !== undefined && { body: Buffer.from(body).toString("base64") }),
    isBase64Encoded: body !== undefined,
  };
}

/** Why a function URL refuses a request, in Lambda's words. */
const refusals = {
  forbidden:
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
  signature:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing " +
    "method. Consult the service documentation for details.",
  token: "The security token included in the request is invalid.",
} as const;

/** The URL of a function with the authentication `AWS_IAM`. */
export interface FunctionUrl extends AsyncDisposable {
  readonly url: string;
  /** Events that the function got. */
  readonly events: ReturnType<typeof toFunctionUrlEvent>[];
  /** Answers instead of the function, as Lambda does when it throttles. @default the function answers */
  instead:
    | ((
        request: IncomingMessage,
      ) => { status: number; body: string; headers?: Record<string, string> } | "hang up" | undefined)
    | undefined;
}

/**
 * Serves a handler as Lambda does behind a function URL: it verifies the signature (version 4, service `lambda`, at most five minutes
 * old, over the body), and passes the event with the identity that has signed.
 *
 * @param allowed who may call it; @default each of the identities
 */
export async function startFunctionUrl(
  handler: Handler,
  identities: readonly Identity[],
  { region = "eu-west-1", allowed = identities }: { region?: string; allowed?: readonly Identity[] } = {},
): Promise<FunctionUrl> {
  const events: FunctionUrl["events"] = [];
  const served: Omit<FunctionUrl, typeof Symbol.asyncDispose | "url"> = { events, instead: undefined };
  const server = createServer(async (request, response) => {
    const send = (status: number, body: string, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body);
    };
    const refuse = (status: number, message: string) => send(status, JSON.stringify({ Message: message }));
    const body = Buffer.concat(await request.toArray()).toString();
    const instead = served.instead?.(request);
    if (instead === "hang up") return void request.socket.destroy();
    if (instead) return send(instead.status, instead.body, instead.headers);
    const identity = await authenticate(request, body, identities, region);
    if (typeof identity === "string") return refuse(403, refusals[identity]);
    if (!allowed.includes(identity)) return refuse(403, refusals.forbidden);
    const headers = request.headers as Record<string, string>;
    const event = toFunctionUrlEvent(identity.arn, { body, method: request.method!, headers, sourceIp: "192.0.2.7" });
    events.push(event);
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 30_000 };
    const result: Returned = await handler(event, context).catch(() => ({
      statusCode: 502,
      body: "Internal Server Error",
    }));
    send(result.statusCode ?? 200, result.body ?? JSON.stringify(result), result.headers);
  });
  const url = await listenHttp(server);
  return Object.assign(served, {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  });
}

/** Who has signed a request, or why that is not known. */
async function authenticate(
  request: IncomingMessage,
  body: string,
  identities: readonly Identity[],
  region: string,
): Promise<Identity | keyof typeof refusals> {
  const {
    authorization = "",
    "x-amz-date": date = "",
    "x-amz-security-token": token,
  } = request.headers as Record<string, string>;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=/.exec(
      authorization,
    );
  if (!parts) return "forbidden";
  const [, accessKeyId, signedRegion, service, names] = parts as unknown as string[];
  const identity = identities.find((each) => each.accessKeyId === accessKeyId);
  if (!identity || identity.sessionToken !== token) return "token";
  const signedAt = new Date(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  const isFresh = Math.abs(Date.now() - signedAt.getTime()) < 5 * 60_000;
  if (!isFresh || signedRegion !== region || service !== "lambda") return "signature";
  const headers = Object.fromEntries(
    names!
      .split(";")
      .filter((name) => !["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"].includes(name))
      .map((name) => [name, String(request.headers[name])]),
  );
  const signer = new SignatureV4({
    service: "lambda",
    region,
    credentials: identity,
    sha256: Hash.bind(null, "sha256"),
  });
  const { hostname, pathname } = new URL(request.url!, `http://${request.headers.host}`);
  const expected = await signer.sign(
    { method: request.method!, protocol: "https:", hostname, path: pathname, headers, body },
    { signingDate: signedAt },
  );
  return expected.headers.authorization === authorization ? identity : "signature";
}
