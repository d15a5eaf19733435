import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { deflateSync, gzipSync } from "node:zlib";
import { minimumCompressedBytes } from "../contract.ts";

/** The encodings that API Gateway supports, in addition to `identity`. */
const encodings: Record<string, (body: Buffer) => Buffer> = { gzip: gzipSync, deflate: deflateSync };

/**
 * Compresses responses as API Gateway does in AWS, so that an app sees the same responses here:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
 *
 * Only responses that are sent in one piece, as all of the API are. A stream, such as one of events, stays uncompressed.
 */
export function withCompression(listener: RequestListener): RequestListener {
  return (request, response) => {
    if (request.method !== "HEAD") compressAtEnd(request, response);
    return listener(request, response);
  };
}

function compressAtEnd(request: IncomingMessage, response: ServerResponse): void {
  const end = response.end.bind(response) as (...parameters: unknown[]) => ServerResponse;
  response.end = ((body: unknown, ...others: unknown[]) => {
    const isPlainBody = typeof body === "string" || body instanceof Uint8Array;
    if (!isPlainBody || response.headersSent || response.hasHeader("Content-Encoding")) return end(body, ...others);
    const bytes = Buffer.from(body as string);
    if (bytes.length < minimumCompressedBytes) return end(body, ...others);
    response.appendHeader("Vary", "Accept-Encoding");
    const coding = getPreferredEncoding(request.headers["accept-encoding"] ?? "");
    const compress = encodings[coding];
    if (!compress) return end(body, ...others);
    const smaller = compress(bytes);
    response.setHeader("Content-Encoding", coding);
    response.setHeader("Content-Length", smaller.length);
    return end(smaller);
  }) as typeof response.end;
}

/** API Gateway considers only the encoding with the highest priority. If it does not support that one, the response stays as it is. */
function getPreferredEncoding(acceptEncoding: string): string {
  const [preferred] = acceptEncoding
    .toLowerCase()
    .split(",")
    .map((each) => {
      const [name = "", quality = "1"] = each.trim().split(/\s*;\s*q=/);
      return { name, quality: Number(quality) };
    })
    .sort((a, b) => b.quality - a.quality);
  return preferred && preferred.quality > 0 ? preferred.name : "";
}
