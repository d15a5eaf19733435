import type { RequestListener, ServerResponse } from "node:http";
import { deflateSync, gzipSync } from "node:zlib";
import { minimumCompressedBytes } from "../contract.ts";

/** The encodings that API Gateway supports, in addition to `identity`. */
const encodings: Record<string, (body: Buffer) => Buffer> = { gzip: gzipSync, deflate: deflateSync };

/**
 * Compresses responses as API Gateway does in AWS, so that an app sees the same responses here:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
 *
 * Only responses that are sent in one piece, as all of the API are. A stream, such as one of events, stays uncompressed. Every
 * response says that it depends on `Accept-Encoding`. A compressed one has an entity tag of its own, since a strong tag names
 * one sequence of bytes (RFC 9110, 8.8.3.3); in a request, it counts as the tag that the service knows.
 */
export function withCompression(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { headers } = request;
    const coding = getPreferredEncoding(headers["accept-encoding"] ?? "");
    setHeadersAtStart(response, headers["if-none-match"] ?? "");
    compressAtEnd(response, coding);
    for (const name of ["if-match", "if-none-match"] as const) {
      const tags = headers[name];
      if (tags !== undefined) headers[name] = tags.replace(markedTags, '$1"');
    }
    return listener(request, response);
  };
}

/** No tag of the service contains a semicolon. */
const markTag = (tag: string, coding: string): string => tag.replace(/^"(.*)"$/, `"$1;${coding}"`);

const markedTags = new RegExp(`("[^"]*);(?:${Object.keys(encodings).join("|")})"`, "g");

/** @param known the tags of which 304 confirms one, as the client sent them */
function setHeadersAtStart(response: ServerResponse, known: string): void {
  const start = response.writeHead.bind(response) as (...parameters: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...others: unknown[]) => {
    if (!/\baccept-encoding\b/i.test(String(response.getHeader("Vary"))))
      response.appendHeader("Vary", "Accept-Encoding");
    const tag = response.getHeader("ETag");
    if (status === 304 && typeof tag === "string") {
      const marked = Object.keys(encodings).map((coding) => markTag(tag, coding));
      response.setHeader("ETag", marked.find((each) => known.includes(each)) ?? tag);
    }
    return start(status, ...others);
  }) as typeof response.writeHead;
}

function compressAtEnd(response: ServerResponse, coding: string): void {
  const end = response.end.bind(response) as (...parameters: unknown[]) => ServerResponse;
  response.end = ((body: unknown, ...others: unknown[]) => {
    const isPlainBody = typeof body === "string" || body instanceof Uint8Array;
    if (!isPlainBody || response.headersSent || response.hasHeader("Content-Encoding")) return end(body, ...others);
    const bytes = Buffer.from(body as string);
    const compress = Object.hasOwn(encodings, coding) ? encodings[coding] : undefined;
    if (!compress || bytes.length < minimumCompressedBytes) return end(body, ...others);
    const smaller = compress(bytes);
    response.setHeader("Content-Encoding", coding);
    response.setHeader("Content-Length", smaller.length);
    const tag = response.getHeader("ETag");
    if (typeof tag === "string") response.setHeader("ETag", markTag(tag, coding));
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
