import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";

/**
 * Deletes an account with all its data. Each step may be repeated. Their order is such that after a failure at any step, the user
 * can log in and delete again, until the account itself is gone:
 *
 * 1. sessions, so that from now on no old token is exchanged for a new one;
 * 2. the mark, before the data, so that a batch in progress finds it: see {@link Erasures.confirmWrite};
 * 3. the data in all other collections of the data map, before the account, without which no one could request their deletion;
 * 4. the account;
 * 5. sessions again, for a login that found the account in between, and the user's cache, however far the other steps came.
 *
 * Together with the last step, it sweeps what failed writes have left of accounts that were deleted before. If that fails, the next
 * deletion does.
 */
export async function deleteAccount(
  dependencies: Pick<ServiceDependencies, "users" | "erasures" | "sessions" | "userCache">,
  userId: string,
  clock: Clock,
): Promise<void> {
  const [users, erasures, sessions, cache] = await Promise.all([
    dependencies.users(),
    dependencies.erasures(),
    dependencies.sessions(),
    dependencies.userCache(),
  ]);
  try {
    await sessions.revokeAll(userId, clock());
    await erasures.mark(userId, new Date(clock()));
    await erasures.deleteData(userId);
    await users.delete(userId);
  } catch (failure) {
    await cache.invalidate(userId);
    throw failure;
  }
  const others = Promise.all([
    cache.invalidate(userId),
    // A failure of the sweep does not concern this account.
    erasures.sweep(clock()).catch(() => {}),
  ]);
  await sessions.revokeAll(userId, clock()).finally(() => others);
}
