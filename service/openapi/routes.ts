import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { openRoutes } from "../platform/routing.ts";
import { openApiDocument } from "./document.ts";

/** The document changes only with a release of the service. */
const cacheSeconds = 300;

/** `/openapi.json`: the API as an OpenAPI document. It is built once, at the first request. */
export function documentRoutes(release?: string) {
  const text = JSON.stringify(openApiDocument(release));
  const etag = computeEtag(text);
  return openRoutes({
    "GET /openapi.json": (request, response) => {
      response.set("Cache-Control", `public, max-age=${cacheSeconds}`);
      if (sendNotModified(request, response, etag)) return;
      response.type("json").end(text);
    },
  });
}
