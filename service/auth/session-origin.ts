import type { Request } from "express";
import { viewerCountryHeader } from "../contract.ts";
import type { SessionOrigin } from "./session-store.ts";

/**
 * The country of the client, if CloudFront sends it. Without CloudFront, a client can write the header itself: only that user
 * sees it, and nothing depends on it.
 */
export function getCountry(request: Request): string | undefined {
  const header = request.get(viewerCountryHeader);
  return header && /^[A-Z]{2}$/.test(header) ? header : undefined;
}

/** What the user recognizes the session of this request by. */
export const getSessionOrigin = (request: Request, device: string | undefined): SessionOrigin => ({
  device,
  country: getCountry(request),
});
