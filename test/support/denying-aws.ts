import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy in front of the emulator at `AWS_ENDPOINT_URL` that denies operations of services with a JSON API, as IAM does. */
export interface DenyingAws {
  readonly url: string;
  /** Operations that it denies, such as `EnableKeyRotation`. */
  readonly denied: Set<string>;
  /** Operations that it has received, in order. */
  readonly received: readonly string[];
  close(): void;
}

export async function startDenyingAws(...denied: readonly string[]): Promise<DenyingAws> {
  const deniedNow = new Set(denied);
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1]!;
    received.push(operation);
    if (deniedNow.has(operation)) {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ __type: "AccessDeniedException", Message: `no policy allows kms:${operation}` }));
      return;
    }
    const { host: _, ...headers } = request.headers as Record<string, string>;
    const body = Buffer.concat(await request.toArray());
    const upstream = await fetch(`${process.env.AWS_ENDPOINT_URL}${request.url}`, { method: "POST", headers, body });
    response.writeHead(upstream.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(Buffer.from(await upstream.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    denied: deniedNow,
    received,
    close: () => server.close(),
  };
}
