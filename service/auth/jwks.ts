import { jwksCacheSeconds } from "../contract.ts";
import type { Parts } from "../parts.ts";
import { sendNotModified, tagOf } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { openRoutes } from "../platform/routing.ts";

/** `/.well-known/jwks.json`: the public keys of access tokens, as a JWK Set (RFC 7517). */
export function jwksRoutes(parts: Parts) {
  return openRoutes({
    "GET /.well-known/jwks.json": async (request, response) => {
      const body = { keys: await (await parts.signingKeys()).published() };
      response.setHeader("Cache-Control", `public, max-age=${jwksCacheSeconds}`);
      if (!sendNotModified(request, response, tagOf(JSON.stringify(body)))) sendJson(response, body);
    },
  });
}
