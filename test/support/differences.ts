/** What one list has and another lacks. A comparison of the whole lists would hide it among all that they share. */
export const differences = (wanted: readonly string[], found: readonly string[]) => ({
  missing: wanted.filter((each) => !found.includes(each)),
  unexpected: found.filter((each) => !wanted.includes(each)),
});

export const none = { missing: [], unexpected: [] };
