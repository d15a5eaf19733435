const dayMilliseconds = 24 * 60 * 60 * 1000;

const daysAgo = (days: number): string => new Date(Date.now() - days * dayMilliseconds).toISOString().slice(0, 10);

/**
 * The days of the examples, in UTC: of registration and activities, and of the last use. They are counted back from today, so that the
 * examples can be sent whenever they are read: an activity of last year would be refused.
 */
export const exampleDays = { first: daysAgo(3), last: daysAgo(1) };
