import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { type AwsRequest, servePage } from "./aws-pages.ts";
import { listenHttp } from "./listen.ts";

/** A response whose body has one character for each byte. */
export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Starts a proxy in front of the emulator at `AWS_ENDPOINT_URL`, which serves lists in pages as AWS may.
 * @param respond responds in place of the emulator, with whole lists, or returns undefined
 */
export async function startPagingAws(respond: (request: AwsRequest) => AwsResponse | undefined = () => undefined) {
  const emulator = process.env.AWS_ENDPOINT_URL!;
  const server = createServer(async (incoming, response) => {
    const target = incoming.headers["x-amz-target"]?.toString();
    const body = (await buffer(incoming)).toString("latin1");
    const request = { method: incoming.method!, path: incoming.url!, target, body };
    const page = await servePage(request, async () => respond(request) ?? forward(emulator, incoming, request));
    response.writeHead(page.status, page.headers).end(page.body, "latin1");
  });
  const url = await listenHttp(server);
  return {
    url,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function forward(emulator: string, { headers }: IncomingMessage, request: AwsRequest): Promise<AwsResponse> {
  const dropped = ["host", "connection", "expect", "content-length", "transfer-encoding"];
  const sent = Object.entries(headers).filter(([name]) => !dropped.includes(name));
  const response = await fetch(new URL(request.path, emulator), {
    method: request.method,
    headers: Object.fromEntries(sent) as Record<string, string>,
    ...(request.body && { body: Buffer.from(request.body, "latin1") }),
  });
  const kept = [...response.headers].filter(([name]) => !["connection", "content-length"].includes(name));
  return {
    status: response.status,
    headers: Object.fromEntries(kept),
    body: Buffer.from(await response.arrayBuffer()).toString("latin1"),
  };
}
