import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";

export interface RequestOptions {
  /** Sent as JSON. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export interface ApiResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: callers know the shape of each response
  body: any;
}

/** Sends one request. */
export type Send = (method: string, path: string, options?: RequestOptions) => Promise<ApiResponse>;

/** Sends requests over connections that stay open. It needs less CPU time than `fetch`, and leaves more to the server. */
export function createHttpClient(url: string, apiKey?: string): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true });
  return {
    async send(method, path, { body, token, headers } = {}): Promise<ApiResponse> {
      const outgoing = request(url + path, {
        agent,
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(apiKey !== undefined && { "x-api-key": apiKey }),
          ...headers,
        },
      });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
      const text = (await incoming.setEncoding("utf8").toArray()).join("");
      return {
        status: incoming.statusCode!,
        headers: new Headers(incoming.headers as Record<string, string>),
        body: text && JSON.parse(text),
      };
    },
    close: () => agent.destroy(),
  };
}
