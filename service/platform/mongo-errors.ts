/** MongoDB's error code 11000: a unique index holds such a key already. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11_000;
}
