import { Router } from "express";
import { jwksCacheSeconds } from "../contract.ts";
import type { Parts } from "../parts.ts";
import { onlyMethods } from "../platform/routing.ts";

/** `/.well-known/jwks.json`: the public keys of access tokens, as a JWK Set (RFC 7517). */
export function jwksRoutes(parts: Parts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route("/jwks.json")
    .get(async (_request, response) => {
      const keys = await (await parts.signingKeys()).published();
      response.set("Cache-Control", `public, max-age=${jwksCacheSeconds}`).json({ keys });
    })
    .all(onlyMethods("GET", "HEAD"));
  return router;
}
