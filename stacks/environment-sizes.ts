/** How many monthly users an environment serves: {@link sizePromises}. */
export const environmentSizes = ["S", "M", "L"] as const;

export type EnvironmentSize = (typeof environmentSizes)[number];

/** What a size is for. `test/stacks/sizes.test.ts` holds each to it, by the arithmetic and the simulation of `ops capacity`. */
export interface SizePromise {
  /** Monthly users, without a broken limit. */
  readonly users: number;
  /**
   * Monthly users, with no limit broken that fails requests. Some of the indexes do not fit into the database's cache then, and reads
   * are slower.
   *
   * @default `users`
   */
  readonly stretchedUsers?: number;
  /** The push message that it withstands in the peak hour: which share of the users open the app, in how many seconds. */
  readonly push: { readonly share: number; readonly seconds: number };
}

/**
 * In a minute, L would need 35,000 requests/s of API Gateway, whose default for an account is 10,000, and 5,000 signatures/s of KMS, whose
 * default is 1,000.
 */
export const sizePromises: Readonly<Record<EnvironmentSize, SizePromise>> = {
  S: { users: 6_000, stretchedUsers: 30_000, push: { share: 0.15, seconds: 60 } },
  M: { users: 150_000, push: { share: 0.15, seconds: 60 } },
  L: { users: 1_000_000, push: { share: 0.15, seconds: 600 } },
};
