import type { SessionBody } from "./session-operations.ts";
import type { OpenSession } from "./session-store.ts";

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
