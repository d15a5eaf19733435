import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";

/**
 * Deletes an account with all that is its own. Each step may be repeated, and their order is such that after a failure at
 * any of them the user can log in and delete again, until the account itself is gone:
 *
 * 1. sessions, so that from here on no new token is made of an old one;
 * 2. the mark, before the activities, so that a batch under way finds it: see {@link Erasures.guard};
 * 3. activities, before the account, without which nobody could ask for them to be deleted;
 * 4. the account;
 * 5. sessions again, for a login that found the account in between;
 * 6. what is cached of the user, however far the others came.
 *
 * What failing writes have left of accounts that were deleted before is swept away by the way; if that fails, by the next.
 */
export async function deleteAccount(
  dependencies: Pick<ServiceDependencies, "users" | "activities" | "erasures" | "sessions" | "userCache">,
  userId: string,
  clock: Clock,
): Promise<void> {
  const [users, activities, erasures, sessions, cache] = await Promise.all([
    dependencies.users(),
    dependencies.activities(),
    dependencies.erasures(),
    dependencies.sessions(),
    dependencies.userCache(),
  ]);
  try {
    await sessions.revokeAll(userId, clock());
    await erasures.mark(userId, new Date(clock()));
    await activities.deleteAllOfUser(userId);
    await users.delete(userId);
    await sessions.revokeAll(userId, clock());
  } finally {
    await cache.invalidate(userId);
  }
  // This account is gone, whatever becomes of what others have left.
  await erasures.sweep(activities, clock()).catch(() => {});
}
