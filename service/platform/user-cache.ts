import type { MeasuredCache } from "../contract.ts";

/** Name of a value: what it is, by which its hits are counted, and if there are several of it, which one. */
export type CachedName = MeasuredCache | `${MeasuredCache} ${string}`;

/**
 * A short memory of what was read for a user and will be read again, such as the profile. Values hold personal data, and are
 * kept per user, so that all of them can be invalidated at once.
 *
 * Of several readers that find nothing, one loads; and what was being loaded while it was invalidated is not kept. A cache that does
 * not answer makes a reader slower, never wrong or failed.
 */
export interface UserCache {
  /**
   * What is known under a name, or else what `load` brings.
   * @param load brings a value that JSON can hold; what it throws is thrown, and nothing is kept
   */
  read<T>(userId: string, name: CachedName, load: () => Promise<T>): Promise<T>;
  /**
   * Invalidates a value: to be called when what it was made of has changed.
   * @param name @default all of the user's values
   */
  invalidate(userId: string, name?: CachedName): Promise<void>;
}

/**
 * A value that could not be invalidated, since Redis was out of reach just then, is shown for no longer than this, and never by the
 * process that could not have it invalidated. An app that is opened again within minutes asks for the same once more.
 */
export const userCacheMilliseconds = 5 * 60 * 1000;
