import { jwksCacheSeconds } from "../contract.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { openRoutes } from "../platform/routing.ts";

/** `/.well-known/jwks.json`: the public keys of access tokens, as a JWK Set (RFC 7517). */
export function jwksRoutes(dependencies: ServiceDependencies) {
  return openRoutes({
    "GET /.well-known/jwks.json": async (request, response) => {
      const body = { keys: await (await dependencies.signingKeys()).published() };
      response.setHeader("Cache-Control", `public, max-age=${jwksCacheSeconds}`);
      if (!sendNotModified(request, response, computeEtag(JSON.stringify(body)))) sendJson(response, body);
    },
  });
}
