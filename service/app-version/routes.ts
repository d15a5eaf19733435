import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { openRoutes } from "../platform/routing.ts";
import { appStores } from "./stores.ts";

/** After a change of the minimum, apps are refused before all of them have heard of it: five minutes are as good as none. */
const cacheSeconds = 300;

/** `/v1/app`: from which version on an app is served, and where there is a newer one. For an app to ask by itself, at its start. */
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
