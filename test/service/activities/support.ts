import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { delegate, startService, today, useService } from "../../support/service.ts";

/** A valid item of a batch. */
export const item = (members: Record<string, unknown> = {}) => ({
  id: randomUUID() as string,
  kind: "bike_trip",
  quantity: 3.2,
  occurred_at: "2026-11-20T08:30:00Z",
  note: "to work",
  ...members,
});

/** A service on a database, and users who record activities. */
export async function activityService(database: Db) {
  const service = await startService({ database: async () => database }, {}, () => today);
  return {
    ...service,
    /** @param register @default with a confirmed address, which an export needs */
    async newUser(register = service.registerConfirmed) {
      const user = await register();
      const post = (...activities: unknown[]) => user.send("POST", "/v1/activities", { body: { activities } });
      return { ...user, post };
    },
  };
}

/** Starts a service on a database before the tests of a suite, with one user. */
export function useActivityService(database: () => Db) {
  const service = useService(() => activityService(database()));
  let user: Awaited<ReturnType<typeof service.newUser>>;
  before(async () => {
    user = await service.newUser();
  });
  return { service, ann: delegate(() => user) };
}
