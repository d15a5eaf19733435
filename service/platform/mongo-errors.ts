/** Whether an error is MongoDB's code 11000: a unique index already contains the key. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11_000;
}
