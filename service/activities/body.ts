import { type Activity, toActivityId } from "./repository.ts";

/** An activity as the API shows it to its user. Times are UTC. */
export interface ActivityBody {
  id: string;
  kind: string;
  quantity: number;
  occurred_at: string;
  note: string | null;
  co2e_grams: number;
  /** Version of the table of kinds by which it was computed. */
  kinds_version: number;
  created_at: string;
  updated_at: string;
}

/** The version of an activity, as a strong entity tag (RFC 9110, 8.8.3). */
export const toActivityEtag = ({ version }: Activity): string => `"${version}"`;

/** What of a stored activity may leave the service: named one by one, so that a new member stays inside. */
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
