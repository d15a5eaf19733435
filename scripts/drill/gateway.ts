import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { isAuthPath } from "../../service/routes.ts";
import type { DrillFunctions } from "./functions.ts";

/** Responds to requests as a version of the functions. */
export type VersionHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A fake API Gateway: forwards each request to the version that the function's alias points to. */
export class DrillGateway {
  #functions: DrillFunctions;
  readonly #versions = new Map<string, VersionHandler>();
  readonly #server = createServer((request, response) => this.#handle(request, response));

  constructor(functions: DrillFunctions) {
    this.#functions = functions;
  }

  /** @returns its URL */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Routes requests to these functions, with this handler as version 1. */
  routeTo(functions: DrillFunctions, handler: VersionHandler): void {
    this.#functions = functions;
    this.#versions.clear();
    this.addVersion("1", handler);
  }

  addVersion(version: string, handler: VersionHandler): void {
    this.#versions.set(version, handler);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = isAuthPath(request.url!) ? "auth" : "api";
    const routing = await this.#functions.getRouting(id).catch(() => undefined);
    const handler = routing && this.#versions.get(routing.version);
    // What API Gateway returns when Lambda throttles a function, and when a function fails:
    // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
    if (routing?.hasConcurrency === false) fail(response, 500);
    else if (handler) handler(request, response);
    else fail(response, 502);
  }
}

/** What a REST API allows. */
interface GatewayLimits {
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
  readonly requestBytes: number;
  /** Lambda's: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  readonly responseBytes: number;
  readonly integrationTimeoutMs: number;
}

const limitsOfRestApis: GatewayLimits = {
  requestBytes: 10 * 1024 ** 2,
  responseBytes: 6 * 1024 ** 2,
  integrationTimeoutMs: 29_000,
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const remappedHeaders = new Set("content-md5 date server trailer user-agent warning www-authenticate".split(" "));

/** The name under which clients of API Gateway get a header that a function returned. */
export const remapHeader = (name: string): string =>
  remappedHeaders.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name;

/** Headers of the connection to a server, and what Node.js adds, which a function does not return. */
const isOfServer = (name: string) => /^(connection|keep-alive|transfer-encoding|date)$/i.test(name);

/**
 * A version that runs as a server at a URL, as clients meet it behind a REST API: with renamed headers, a maximum size of requests and
 * responses, and 504 for what takes too long.
 * @param limits @default those of REST APIs and Lambda
 */
export const forwardTo = (url: string, limits: GatewayLimits = limitsOfRestApis): VersionHandler => {
  const { hostname, port } = new URL(url);
  return (request, response) => {
    if (Number(request.headers["content-length"]) > limits.requestBytes) return fail(response, 413);
    // A connection each, since an idle one could be closed by the server while a request is on its way.
    const outgoing = send({
      ...{ hostname, port, path: request.url, method: request.method, agent: false },
      headers: request.rawHeaders,
    });
    const timer = setTimeout(() => respond(504), limits.integrationTimeoutMs);
    const respond = (status: number, headers: string[] = [], body?: Buffer) => {
      clearTimeout(timer);
      if (!response.headersSent) response.writeHead(status, headers).end(body);
      outgoing.destroy();
    };
    outgoing.on("response", async (incoming) => {
      const body = await buffer(incoming).catch(() => undefined);
      if (!body || body.length > limits.responseBytes) return respond(502);
      const headers = incoming.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 && !isOfServer(name) ? [remapHeader(name), all[index + 1]!] : [],
      );
      respond(incoming.statusCode!, headers, body);
    });
    outgoing.on("error", () => respond(502));
    response.on("close", () => respond(502));
    request.pipe(outgoing);
  };
};

/** A version that returns an error for every request. */
export const failingVersion: VersionHandler = (_request, response) => fail(response, 500);

const fail = (response: ServerResponse, status: number): void => void response.writeHead(status).end();
