/** Characters of a reason: a ticket at least, and no mail that someone has pasted. */
export const reasonCharacters = { min: 8, max: 500 } as const;
