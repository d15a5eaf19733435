import { createHash } from "node:crypto";
import type { Request, Response } from "express";

/**
 * Whether `If-None-Match` or `If-Match` names an entity tag. The comparison is weak, also for `If-Match`, for which RFC 9110
 * requires a strong one: a CDN that compresses makes a tag weak, although it still names exactly one version.
 */
export const matchesEtag = (header: string, tag: string): boolean =>
  header.split(",").some((each) => ["*", tag, `W/${tag}`].includes(each.trim()));

/** The entity tag of a body that has no version. */
export const computeEtag = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/**
 * Sets the entity tag of a response, and sends 304 to a client that already has this state. Express's own `request.fresh`
 * does not: with `If-None-Match`, `fetch` also sends `Cache-Control: no-cache`, which Express takes for an end-to-end reload.
 *
 * @returns whether the response has been sent
 */
export function sendNotModified(request: Request, response: Response, tag: string): boolean {
  response.setHeader("ETag", tag);
  const known = request.get("if-none-match");
  if (known === undefined || !matchesEtag(known, tag)) return false;
  response.status(304).end();
  return true;
}
