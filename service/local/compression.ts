import { type RequestListener, ServerResponse } from "node:http";
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
    const negotiated = response as NegotiatedResponse;
    negotiated[negotiation] = { acceptEncoding: headers["accept-encoding"], known: headers["if-none-match"] ?? "" };
    // Functions for all responses: closures for each would cost time.
    negotiated.writeHead = setHeadersAtStart;
    negotiated.end = compressAtEnd;
    for (const name of ["if-match", "if-none-match"] as const) {
      const tags = headers[name];
      if (tags !== undefined) headers[name] = tags.replace(markedTags, '$1"');
    }
    return listener(request, response);
  };
}

const negotiation = Symbol("negotiation");

type Method = (this: NegotiatedResponse, ...parameters: never[]) => ServerResponse;

/** A response with what its request says about its form. */
interface NegotiatedResponse extends Omit<ServerResponse, "writeHead" | "end"> {
  [negotiation]: {
    acceptEncoding: string | undefined;
    /** The tags of which 304 confirms one, as the client sent them. */
    known: string;
  };
  writeHead: Method;
  end: Method;
}

const original = ServerResponse.prototype as unknown as Record<
  "writeHead" | "end",
  (this: NegotiatedResponse, ...parameters: unknown[]) => ServerResponse
>;

/** No tag of the service contains a semicolon. */
export const markTag = (tag: string, coding: string): string => tag.replace(/^"(.*)"$/, `"$1;${coding}"`);

const markedTags = new RegExp(`("[^"]*);(?:${Object.keys(encodings).join("|")})"`, "g");

function setHeadersAtStart(this: NegotiatedResponse, status: number, ...others: unknown[]): ServerResponse {
  const vary = this.getHeader("Vary");
  if (vary === undefined) this.setHeader("Vary", "Accept-Encoding");
  else if (!/\baccept-encoding\b/i.test(String(vary))) this.setHeader("Vary", `${vary}, Accept-Encoding`);
  const tag = this.getHeader("ETag");
  if (status === 304 && typeof tag === "string") {
    const marked = Object.keys(encodings).map((coding) => markTag(tag, coding));
    const { known } = this[negotiation];
    this.setHeader("ETag", marked.find((each) => known.includes(each)) ?? tag);
  }
  return original.writeHead.call(this, status, ...others);
}

function compressAtEnd(this: NegotiatedResponse, body: unknown, ...others: unknown[]): ServerResponse {
  const { acceptEncoding } = this[negotiation];
  const isFinal = acceptEncoding === undefined || this.headersSent || this.hasHeader("Content-Encoding");
  const encoded = isFinal ? undefined : encode(body, acceptEncoding);
  if (!encoded) return original.end.call(this, body, ...others);
  const { coding, bytes } = encoded;
  this.setHeader("Content-Encoding", coding);
  this.setHeader("Content-Length", bytes.length);
  const tag = this.getHeader("ETag");
  if (typeof tag === "string") this.setHeader("ETag", markTag(tag, coding));
  return original.end.call(this, bytes);
}

/** A body in the encoding that a client prefers; undefined if it stays as it is. */
export function encode(
  body: unknown,
  acceptEncoding: string | undefined,
): { coding: string; bytes: Buffer } | undefined {
  if (acceptEncoding === undefined || !(typeof body === "string" || body instanceof Uint8Array)) return undefined;
  const coding = getPreferredEncoding(acceptEncoding);
  const compress = Object.hasOwn(encodings, coding) ? encodings[coding] : undefined;
  const bytes = Buffer.from(body as string);
  return compress && bytes.length >= minimumCompressedBytes ? { coding, bytes: compress(bytes) } : undefined;
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
