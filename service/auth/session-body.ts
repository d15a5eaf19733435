import type { OpenSession } from "./session-store.ts";

/** A session as the API shows it to its user. */
export interface SessionBody {
  id: string;
  /** What the app called the device, or null if it did not say. */
  device: string | null;
  /** Country of the last use, or null if it is not known. */
  country: string | null;
  created_at: string;
  last_used_at: string;
  /** Whether it is the session of this very request. */
  current: boolean;
}

/** @param ownId the session of the request */
export const toSessionBody = (
  { id, device, country, createdAt, lastUsedAt }: OpenSession,
  ownId: string,
): SessionBody => ({
  id,
  device: device ?? null,
  country: country ?? null,
  created_at: new Date(createdAt).toISOString(),
  last_used_at: new Date(lastUsedAt).toISOString(),
  current: id === ownId,
});
