import { createHash } from "node:crypto";
import type { Request, Response } from "express";

/**
 * Whether `If-None-Match` or `If-Match` names an entity tag. Compared weakly, in `If-Match` as well, where RFC 9110 would have
 * it strongly: a CDN that compresses makes a tag weak, and what ours says of a version stays as exact.
 */
export const matchesEtag = (header: string, tag: string): boolean =>
  header.split(",").some((each) => ["*", tag, `W/${tag}`].includes(each.trim()));

/** The entity tag of a body that has no version. */
export const computeEtag = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/**
 * Sets the entity tag of an answer, and answers 304 to a client that has this state already. Express's own `request.fresh`
 * would not: with `If-None-Match`, `fetch` also sends `Cache-Control: no-cache`, which it takes for a wish to have it all again.
 *
 * @returns whether the answer has been sent
 */
export function sendNotModified(request: Request, response: Response, tag: string): boolean {
  response.setHeader("ETag", tag);
  const known = request.get("if-none-match");
  if (known === undefined || !matchesEtag(known, tag)) return false;
  response.status(304).end();
  return true;
}
