import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { DrillFunctions, Routing } from "./functions.ts";

const pollMilliseconds = 250;

/** Answers a request in place of a version of the functions. */
export type VersionHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Stands for API Gateway: sends each request to the version that the function's alias points to just then. */
export class DrillGateway {
  #functions: DrillFunctions;
  readonly #versions = new Map<string, VersionHandler>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #routing = new Map<"api" | "auth", Routing>();
  #watching = Promise.resolve();
  #closed = false;

  constructor(functions: DrillFunctions) {
    this.#functions = functions;
  }

  /** @returns its URL */
  async start(): Promise<string> {
    await this.#look();
    this.#watching = this.#watch();
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on asks these functions which version answers, and knows these versions alone. */
  async routeTo(functions: DrillFunctions, versions: Record<string, VersionHandler>): Promise<void> {
    this.#functions = functions;
    await this.#look();
    this.#versions.clear();
    for (const [version, by] of Object.entries(versions)) this.addVersion(version, by);
  }

  /** Says what answers for a version. */
  addVersion(version: string, by: VersionHandler): void {
    this.#versions.set(version, by);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#watching;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { version, hasConcurrency } = this.#routing.get(
      request.url!.startsWith("/v1/auth/") ? "auth" : "api",
    )!;
    const by = this.#versions.get(version);
    // What API Gateway answers when Lambda refuses to start a function, and when the function fails:
    // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
    if (!hasConcurrency) refuse(response, 500);
    else if (by) by(request, response);
    else refuse(response, 502);
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      await wait(pollMilliseconds);
      await this.#look().catch(() => {});
    }
  }

  async #look(): Promise<void> {
    for (const id of ["api", "auth"] as const) this.#routing.set(id, await this.#functions.getRouting(id));
  }
}

/** Headers of a response that API Gateway renames; `headers` are pairs of name and value. */
export const remapHeaders = <T>(headers: Iterable<[string, T]>): [string, T][] =>
  Array.from(headers, ([name, value]) => [
    remappedHeaders.has(name) ? `x-amzn-remapped-${name}` : name,
    value,
  ]);

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const remappedHeaders = new Set([
  "content-md5",
  "date",
  "server",
  "trailer",
  "user-agent",
  "warning",
  "www-authenticate",
]);

/** A version that runs as a server somewhere. */
export const forwardTo =
  (url: string): VersionHandler =>
  (request, response) => {
    const onward = send(new URL(request.url!, url), { method: request.method!, headers: request.headers });
    onward.on("response", (answer) => {
      response.writeHead(
        answer.statusCode!,
        Object.fromEntries(remapHeaders(Object.entries(answer.headers))),
      );
      answer.pipe(response);
    });
    onward.on("error", () => (response.headersSent ? response.destroy() : refuse(response, 502)));
    request.pipe(onward);
  };

/** A version whose every answer is an error. */
export const failingVersion: VersionHandler = (_request, response) => refuse(response, 500);

const refuse = (response: ServerResponse, status: number): void => void response.writeHead(status).end();
