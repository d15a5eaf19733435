import type { MeasuredCache } from "../contract.ts";
import { representations } from "./entity-tag.ts";

/** Name of a value: its kind, by which hits are counted, and which one if there are several. */
export type CachedName = MeasuredCache | `${MeasuredCache} ${string}`;

/**
 * A short-lived cache of user data that is read again, such as the profile. Values contain personal data and are stored per user,
 * so that all values of a user can be invalidated together.
 *
 * Of several readers that miss, one loads. A value that is invalidated while it is loaded is not stored. A cache that does not
 * respond makes a read slower, but never wrong or failed.
 */
export interface UserCache {
  /**
   * The cached value of a name, or else the result of `load`.
   * @param load returns a value that JSON can represent; an error is rethrown, and nothing is cached
   */
  read<T>(userId: string, name: CachedName, load: () => Promise<T>): Promise<T>;
  /**
   * Invalidates a value. Call it when the source of the value has changed.
   * @param name @default all of the user's values
   */
  invalidate(userId: string, name?: CachedName): Promise<void>;
}

/**
 * The shape of each value, raised when a release adds to it what its readers need. Two releases share the cache during a canary and after
 * a rollback. A shape only grows: a reader ignores what it does not know, and so takes a newer shape, and loads instead of an older one.
 * A profile is stored with its entity tag: with an earlier release's, a 304 would hide what a later one added.
 */
export const userCacheShapes: Record<MeasuredCache, number> = {
  Profile: representations["GET /v1/users/me"],
  Summary: 1,
};

/** What a name names, by which hits are counted. */
export const toMeasuredCache = (name: CachedName): MeasuredCache => name.split(" ")[0] as MeasuredCache;

/**
 * How long a value is served that could not be invalidated because Redis was unreachable. The process that failed to invalidate it
 * never serves it. An app that is reopened within minutes reads the same again.
 */
export const userCacheMilliseconds = 5 * 60 * 1000;
