import { Router } from "express";
import type { Parts } from "../parts.ts";
import { onlyMethods } from "../platform/routing.ts";

/** How long a verifier may keep the key set, in seconds. */
const cacheSeconds = 300;

/** `/.well-known/jwks.json`: the public keys of access tokens, as a JWK Set (RFC 7517). */
export function jwksRoutes(parts: Parts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route("/jwks.json")
    .get(async (_request, response) => {
      const { publicJwk } = await parts.signingKey();
      response.set("Cache-Control", `public, max-age=${cacheSeconds}`).json({ keys: [publicJwk] });
    })
    .all(onlyMethods("GET", "HEAD"));
  return router;
}
