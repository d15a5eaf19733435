import { readPage } from "../activities/page.ts";
import { toSessionBody } from "../auth/session-body.ts";
import type { OpenSession, SessionId } from "../auth/session-store.ts";
import type { ExportedMember } from "../data-map.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import type { AccountExport } from "./operations.ts";
import { toProfile } from "./profile.ts";

/**
 * Activities in one part of an export. At their longest, and escaped again in the response of Lambda, they stay below its limit of
 * 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). Few accounts have more in ten years.
 */
export const activitiesInExport = 3_000;

/**
 * Exports the data of a user. It is complete before any of it is sent: a dependency that fails must not leave half a file that looks
 * complete.
 *
 * @param open the user's open sessions
 * @param cursor `next_cursor` of the previous part; @default the first part
 * @returns undefined if there is no such user
 * @throws the problem `invalid-query` for a cursor of another list
 */
export async function exportAccount(
  dependencies: Pick<ServiceDependencies, "users" | "activities">,
  { userId, id }: SessionId,
  open: readonly OpenSession[],
  cursor: string | undefined,
  now: number,
): Promise<(AccountExport & Record<ExportedMember, unknown>) | undefined> {
  const [users, activities] = await Promise.all([dependencies.users(), dependencies.activities()]);
  const [user, page] = await Promise.all([
    users.findById(userId),
    readPage(activities, userId, { limit: activitiesInExport, cursor }, now),
  ]);
  if (!user) return undefined;
  return {
    exported_at: new Date(now).toISOString(),
    profile: toProfile(user),
    sessions: open.map((session) => toSessionBody(session, id)),
    ...page,
  };
}
