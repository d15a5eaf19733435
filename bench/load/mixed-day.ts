/**
 * What an app asks for in a hundred requests of a day: 70 reads, 20 batches of activities, 8 refreshes, 2 logins.
 */
export const mixedWorkload = {
  profile: 20,
  list: 20,
  activity: 15,
  summary: 10,
  kinds: 5,
  batch: 20,
  refresh: 8,
  login: 2,
} as const;

/** A kind of request. */
export type RequestKind = keyof typeof mixedWorkload;

export const requestKinds = Object.keys(mixedWorkload) as RequestKind[];

const hundred = requestKinds.flatMap((kind) => Array<RequestKind>(mixedWorkload[kind]).fill(kind));

/** A request of the day, by chance. */
export const pickRequestKind = (): RequestKind => hundred[Math.floor(Math.random() * hundred.length)]!;
