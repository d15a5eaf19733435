import type { Request } from "express";
import { viewerCountryHeader } from "../contract.ts";
import type { SessionOrigin } from "./session-store.ts";

/**
 * The country that a request comes from, if CloudFront says so. Where there is no CloudFront a client could write the header
 * itself: it is shown to that very user, and nothing is decided by it.
 */
export function getCountry(request: Request): string | undefined {
  const header = request.get(viewerCountryHeader);
  return header && /^[A-Z]{2}$/.test(header) ? header : undefined;
}

/** By what the user will know the session of this request. */
export const getSessionOrigin = (request: Request, device: string | undefined): SessionOrigin => ({
  device,
  country: getCountry(request),
});
