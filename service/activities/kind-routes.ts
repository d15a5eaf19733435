import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { openRoutes } from "../platform/routing.ts";
import { type ActivityKind, activityKinds, kindsVersion } from "./kinds.ts";

/** The table changes only with releases. An app that meets an unknown kind requests it again. */
const cacheSeconds = 3600;

/** The body of the response, without the kinds that are only accepted yet. */
export const toKindsBody = (kinds: readonly ActivityKind[]): object => ({
  version: kindsVersion,
  kinds: kinds
    .filter(({ unlisted }) => !unlisted)
    .map(({ id, unit, co2eGramsPerUnit, baseline, source }) => ({
      id,
      unit,
      co2e_grams_per_unit: co2eGramsPerUnit,
      baseline,
      source,
    })),
});

const body = JSON.stringify(toKindsBody(activityKinds));
const etag = computeEtag(body);

/** `/v1/activity-kinds`: the table of kinds, the same for all clients. */
export function kindRoutes() {
  return openRoutes({
    "GET /v1/activity-kinds": (request, response) => {
      response.setHeader("Cache-Control", `public, max-age=${cacheSeconds}`);
      if (!sendNotModified(request, response, etag)) response.type("json").end(body);
    },
  });
}
