import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
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
    const id = request.url!.startsWith("/v1/auth/") ? "auth" : "api";
    const routing = await this.#functions.getRouting(id).catch(() => undefined);
    const handler = routing && this.#versions.get(routing.version);
    // What API Gateway returns when Lambda throttles a function, and when a function fails:
    // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
    if (routing?.hasConcurrency === false) fail(response, 500);
    else if (handler) handler(request, response);
    else fail(response, 502);
  }
}

/** Headers of a response that API Gateway renames; `headers` are pairs of name and value. */
export const remapHeaders = <T>(headers: Iterable<[string, T]>): [string, T][] =>
  Array.from(headers, ([name, value]) => [remappedHeaders.has(name) ? `x-amzn-remapped-${name}` : name, value]);

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const remappedHeaders = new Set("content-md5 date server trailer user-agent warning www-authenticate".split(" "));

/** A version that runs as a server at a URL. */
export const forwardTo =
  (url: string): VersionHandler =>
  (request, response) => {
    const outgoing = send(new URL(request.url!, url), { method: request.method!, headers: request.headers });
    outgoing.on("response", (incoming) => {
      const headers = Object.fromEntries(remapHeaders(Object.entries(incoming.headers)));
      response.writeHead(incoming.statusCode!, headers);
      incoming.pipe(response);
    });
    outgoing.on("error", () => (response.headersSent ? response.destroy() : fail(response, 502)));
    request.pipe(outgoing);
  };

/** A version that returns an error for every request. */
export const failingVersion: VersionHandler = (_request, response) => fail(response, 500);

const fail = (response: ServerResponse, status: number): void => void response.writeHead(status).end();
