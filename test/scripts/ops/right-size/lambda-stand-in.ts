import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { APIGatewayProxyEvent } from "aws-lambda";

interface Configuration {
  Version: string;
  MemorySize: number;
  Description: string;
}

/** What a call does. `undefined` lets it through. */
type Refusal = { status: number; code: string } | "hangs" | undefined;

/** Lambda's API for one function, as far as test versions need it: it keeps versions and reports invocations. */
export class LambdaStandIn {
  readonly latest: Configuration = { Version: "$LATEST", MemorySize: 1_024, Description: "Answers logins" };
  readonly published: Configuration[] = [
    { Version: "1", MemorySize: 1_024, Description: "Answers logins" },
    // What an alias points to stays, whatever it is called.
    { Version: "2", MemorySize: 512, Description: "right-size test version with 512 MB" },
  ];
  /** Each change and each invocation, as `PUT configuration 512`. */
  readonly calls: string[] = [];
  /** Decides on each call, before it does anything. */
  refuse: (call: string) => Refusal = () => undefined;
  /** What the function answers to a route, and to the token that came with it. */
  answer: (path: string, token: string | undefined) => object = () => ({ statusCode: 200, body: "" });
  readonly #server = createServer(async (request, response) => {
    const { status, body, headers } = await this.#serve(request);
    if (status === 0) return;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  #next = 3;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage): Promise<{ status: number; body?: unknown; headers?: object }> {
    const { pathname, searchParams } = new URL(request.url!, "http://lambda");
    const what = /\/functions\/[^/]+\/?(\w*)/.exec(pathname)![1];
    const version = searchParams.get("Qualifier") ?? "$LATEST";
    const input = request.method === "GET" || request.method === "DELETE" ? {} : await json(request);
    const { MemorySize, Description, path, headers } = input as Partial<Configuration & APIGatewayProxyEvent>;
    const call = [request.method, what, MemorySize ?? path ?? searchParams.get("Qualifier") ?? ""].join(" ");
    const refusal = this.refuse(call);
    if (refusal === "hangs") return { status: 0 };
    if (refusal) {
      const headers = { "x-amzn-errortype": refusal.code };
      return { status: refusal.status, headers, body: { Message: "said Lambda" } };
    }
    if (request.method !== "GET") this.calls.push(call);
    const found = [this.latest, ...this.published].find(
      (each) => each.Version === (version === "live" ? "2" : version),
    )!;
    const state = { State: "Active", LastUpdateStatus: "Successful" };
    switch (`${request.method} ${what}`) {
      case "PUT configuration":
        Object.assign(this.latest, { MemorySize, Description });
        return { status: 200, body: { ...this.latest, ...state } };
      case "POST versions": {
        const made = { ...this.latest, Version: `${this.#next++}`, Description: Description! };
        this.published.push(made);
        return { status: 201, body: made };
      }
      case "GET versions":
        return { status: 200, body: { Versions: [this.latest, ...this.published] } };
      case "GET aliases":
        return { status: 200, body: { Aliases: [{ Name: "live", FunctionVersion: "2" }] } };
      case "DELETE ":
        this.published.splice(this.published.indexOf(found), 1);
        return { status: 204 };
      case "POST invocations":
        return this.#invoke(found, this.answer(path!, headers?.Authorization));
      case "GET ":
        return { status: 200, body: { Configuration: { ...found, ...state } } };
      default:
        return { status: 200, body: { ...found, ...state } };
    }
  }

  /** The more memory, the faster; the answer comes with the end of the log. */
  #invoke({ MemorySize }: Configuration, body: object) {
    const milliseconds = Math.round(20_480 / MemorySize);
    const metrics = `Duration: ${milliseconds} ms\tBilled Duration: ${milliseconds} ms\tMemory Size: ${MemorySize} MB\tMax Memory Used: 100 MB`;
    const log = `START RequestId: r Version: 1\nEND RequestId: r\nREPORT RequestId: r\t${metrics}\t\n`;
    const headers = { "x-amz-log-result": Buffer.from(log).toString("base64") };
    return { status: 200, headers, body };
  }
}
