import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A call of Lambda about the concurrency of a function. */
export interface ConcurrencyCall {
  readonly method: string;
  readonly function: string;
  readonly limit: "reserved" | "provisioned";
  /** The alias or version. @default the call lists all of a function */
  readonly qualifier?: string;
  /** Names the page of a list. @default the first one */
  readonly marker?: string;
  /** The requested concurrency. @default the call sets none */
  readonly executions?: number;
}

export interface ConcurrencyResponse {
  readonly status: number;
  readonly body: object;
  /** Name of the exception. @default none */
  readonly error?: string;
}

interface Provisioned {
  executions: number;
  status: "IN_PROGRESS" | "READY" | "FAILED";
}

/**
 * A proxy in front of an emulator's Lambda that adds provisioned concurrency. As in AWS, it is allocated after a while, and no function
 * has more than it has reserved: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export class ConcurrencyProxy {
  readonly #emulator: string;
  readonly #provisioned = new Map<string, Map<string, Provisioned>>();
  readonly #reserved = new Map<string, number>();
  readonly #server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const call = parseCall(request, sent);
    const { status, body, error } = (call && (await this.respond(call))) ?? (await this.#forward(request, sent));
    const type = error ? { "x-amzn-errortype": error } : {};
    const text = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", ...type }).end(status === 204 ? "" : text);
  });

  constructor(emulator: string) {
    this.#emulator = emulator;
  }

  /** @returns its URL */
  async start(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1").unref(), "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Sets the provisioned concurrency of an alias or a version, as Application Auto Scaling does. */
  provision(
    functionName: string,
    qualifier: string,
    executions: number,
    status: Provisioned["status"] = "READY",
  ): void {
    const configs = this.#provisioned.get(functionName) ?? new Map<string, Provisioned>();
    this.#provisioned.set(functionName, configs.set(qualifier, { executions, status }));
  }

  /** @returns the response; nothing where the emulator responds */
  async respond(call: ConcurrencyCall): Promise<ConcurrencyResponse | undefined> {
    const { method, function: name, limit, qualifier, executions = 0 } = call;
    const configs = this.#provisioned.get(name) ?? new Map<string, Provisioned>();
    const sum = (excluded?: string) =>
      [...configs].reduce((total, [key, config]) => total + (key === excluded ? 0 : config.executions), 0);
    if (limit === "reserved") {
      if (method === "DELETE") this.#reserved.delete(name);
      if (method !== "PUT") return undefined;
      if (executions < sum()) return refuse("ReservedConcurrentExecutions is lower than the provisioned concurrency");
      this.#reserved.set(name, executions);
      return undefined;
    }
    if (qualifier === undefined) {
      // A page can be empty with more behind it.
      const page = call.marker ? { ProvisionedConcurrencyConfigs: list(name, configs) } : { NextMarker: "1" };
      return { status: 200, body: page };
    }
    if (method === "PUT") {
      if (executions + sum(qualifier) > (this.#reserved.get(name) ?? Number.POSITIVE_INFINITY)) {
        return refuse(
          "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        );
      }
      this.provision(name, qualifier, executions, "IN_PROGRESS");
      return { status: 202, body: { RequestedProvisionedConcurrentExecutions: executions, Status: "IN_PROGRESS" } };
    }
    // As in AWS, deleting what does not exist succeeds.
    configs.delete(qualifier);
    return { status: 204, body: {} };
  }

  async #forward(request: IncomingMessage, sent: Buffer): Promise<ConcurrencyResponse> {
    // These determine account and action in the emulator.
    const { authorization = "", "content-type": type = "application/json" } = request.headers;
    const response = await fetch(new URL(request.url!, this.#emulator), {
      method: request.method!,
      headers: { authorization, "content-type": type },
      ...(sent.length > 0 && { body: sent }),
    });
    const error = response.headers.get("x-amzn-errortype");
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, body, ...(error && { error }) };
  }
}

function parseCall({ method = "", url = "" }: IncomingMessage, sent: Buffer): ConcurrencyCall | undefined {
  const { pathname, searchParams } = new URL(url, "http://lambda");
  const [, name, path] = /^\/[\d-]+\/functions\/([^/]+)\/((?:provisioned-)?concurrency)$/.exec(pathname) ?? [];
  if (!name) return undefined;
  const body = sent.length > 0 ? JSON.parse(sent.toString()) : {};
  const executions = body.ReservedConcurrentExecutions ?? body.ProvisionedConcurrentExecutions;
  const [qualifier, marker] = [searchParams.get("Qualifier"), searchParams.get("Marker")];
  return {
    method,
    function: name,
    limit: path === "concurrency" ? "reserved" : "provisioned",
    ...(qualifier !== null && { qualifier }),
    ...(marker !== null && { marker }),
    ...(executions !== undefined && { executions }),
  };
}

/** Lists what is provisioned. What is being allocated is READY the next time. */
function list(name: string, configs: Map<string, Provisioned>): object[] {
  return [...configs].map(([qualifier, config]) => {
    const { executions, status } = config;
    if (status === "IN_PROGRESS") config.status = "READY";
    return {
      FunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}:${qualifier}`,
      RequestedProvisionedConcurrentExecutions: executions,
      Status: status,
    };
  });
}

const refuse = (message: string): ConcurrencyResponse => ({
  status: 400,
  error: "InvalidParameterValueException",
  body: { message },
});
