import { isUtf8 } from "node:buffer";
import express, { type Request, type RequestHandler, type Response } from "express";
import type { ZodType } from "zod";
import { problems } from "./problems.ts";
import { validateBody } from "./validation.ts";

export { validateBody };

/** Largest body that the API reads. API Gateway would let 10 MB through. */
const maxBodyBytes = 100 * 1024;

/** For a parser of bodies, which would silently turn broken bytes into U+FFFD: two different passwords could then become one. */
export function refuseInvalidUtf8(_request: unknown, _response: unknown, body: Buffer, encoding: string): void {
  if (encoding !== "utf-8") throw problems.unsupportedMediaType();
  if (!isUtf8(body)) throw problems.invalidUtf8();
}

const parse = express.json({ limit: maxBodyBytes, verify: refuseInvalidUtf8 });

/** What every version of Node can decompress. */
const contentEncodings = ["identity", "gzip", "deflate", "br"];

/** Reads a JSON body. Refuses anything else before reading it. */
export const jsonBody: RequestHandler = (request, response, next) => {
  const { headers } = request;
  const length = Number(headers["content-length"]);
  if (length > maxBodyBytes) return next(problems.bodyTooLarge());
  const type = request.is("application/json");
  if (type === null || length === 0) {
    // Validation then names the missing members.
    request.body = {};
    return next();
  }
  if (!type) return next(problems.unsupportedMediaType());
  if (!contentEncodings.includes(headers["content-encoding"]?.toLowerCase() || "identity")) {
    return next(problems.unsupportedContentEncoding());
  }
  // Many clients write `utf8`, which body-parser does not accept.
  headers["content-type"] = headers["content-type"]!.replace(/(charset="?)utf8\b/i, "$1utf-8");
  parse(request, response, next);
};

/** Reads a JSON body, and passes it to a handler if it is valid. */
export const withBody = <T>(
  schema: ZodType<T>,
  handle: (body: T, request: Request, response: Response) => Promise<void>,
): RequestHandler[] => [jsonBody, (request, response) => handle(validateBody(schema, request.body), request, response)];
