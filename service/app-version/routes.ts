import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { openRoutes } from "../platform/routing.ts";
import { appStores } from "./stores.ts";

/** When the minimum rises, old apps are refused immediately, whether they know it or not: five minutes do not matter. */
const cacheSeconds = 300;

/** `/v1/app`: the minimum version of the app, and where to get a newer one. The app requests it at its start. */
export function appRoutes(minimumVersion: string) {
  const body = { minimum_version: minimumVersion, stores: appStores };
  const tag = computeEtag(JSON.stringify(body));
  return openRoutes({
    "GET /v1/app": (request, response) => {
      response.setHeader("Cache-Control", `public, max-age=${cacheSeconds}`);
      if (!sendNotModified(request, response, tag)) sendJson(response, body);
    },
  });
}
