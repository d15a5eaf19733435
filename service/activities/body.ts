import { toEtag } from "../platform/entity-tag.ts";
import { type Activity, toActivityId } from "./repository.ts";
import type { ActivityBody } from "./response-schemas.ts";

/** The version of an activity, as a strong entity tag (RFC 9110, 8.8.3). */
export const toActivityEtag = ({ version }: Activity): string => toEtag("GET /v1/activities/{id}", version);

/** The members of a stored activity that the API returns, named one by one, so that a new member stays internal. */
export const toActivityBody = (activity: Activity): ActivityBody => ({
  id: toActivityId(activity),
  kind: activity.kind,
  quantity: activity.quantity,
  occurred_at: activity.occurredAt.toISOString(),
  note: activity.note,
  co2e_grams: activity.co2eGrams,
  kinds_version: activity.kindsVersion,
  created_at: activity.createdAt.toISOString(),
  updated_at: activity.updatedAt.toISOString(),
});
