/**
 * The commands of Redis that the service sends, by the names of the client's methods. The archive contains no other:
 * `scripts/build/lighter-packages.ts` omits them.
 */
export const redisCommands = ["del", "eval", "hDel", "ping", "zRem"] as const;

/** One of {@link redisCommands}. */
export type RedisCommand = (typeof redisCommands)[number];
