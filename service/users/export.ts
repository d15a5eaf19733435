import { type Page, readPage } from "../activities/page.ts";
import { type SessionBody, toSessionBody } from "../auth/session-body.ts";
import type { SessionId } from "../auth/session-store.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { type Profile, toProfile } from "./profile.ts";

/**
 * Activities in one part of an export. At their longest, and escaped once more as Lambda's answer is, they stay below its
 * 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). Few accounts have more in ten years.
 */
export const activitiesInExport = 3_000;

/**
 * All that the database holds of a user, or a part of it: there are more parts as long as `next_cursor` is not null. What has
 * gone to the archive is not among it.
 */
export interface AccountExport extends Page {
  exported_at: string;
  profile: Profile;
  sessions: SessionBody[];
}

/**
 * Puts together what a user may take along. It is complete before anything of it is sent: a dependency that fails
 * in between must not leave half a file that looks whole.
 *
 * @param cursor what the part before has named; @default the first part
 * @returns undefined if there is no such user
 * @throws the problem `invalid-query` for a cursor of something else
 */
export async function exportAccount(
  dependencies: Pick<ServiceDependencies, "users" | "activities" | "sessions">,
  { userId, id }: SessionId,
  cursor: string | undefined,
  now: number,
): Promise<AccountExport | undefined> {
  const [users, activities, sessions] = await Promise.all([
    dependencies.users(),
    dependencies.activities(),
    dependencies.sessions(),
  ]);
  const [user, open, page] = await Promise.all([
    users.findById(userId),
    sessions.list(userId, now),
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
