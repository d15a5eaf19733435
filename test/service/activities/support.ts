import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import {
  type ApiResponse,
  newPerson,
  type RequestOptions,
  startService,
  today,
} from "../../support/service.ts";

/** A valid item of a batch. */
export const item = (members: Record<string, unknown> = {}) => ({
  id: randomUUID() as string,
  kind: "bike_trip",
  quantity: 3.2,
  occurred_at: "2026-11-20T08:30:00Z",
  note: "to work",
  ...members,
});

/** A service on a database, and people who use it. */
export async function activityService(database: Db) {
  const service = await startService({ database: async () => database }, {}, () => today);
  return {
    ...service,
    /** Registers somebody, and speaks for that person from then on. */
    async person() {
      const registration = newPerson();
      const { body } = await service.send("POST", "/v1/auth/register", { body: registration });
      const token: string = body.access_token;
      const send = (method: string, path: string, options: RequestOptions = {}): Promise<ApiResponse> =>
        service.send(method, path, { token, ...options });
      return {
        ...registration,
        id: body.user.id as string,
        token,
        send,
        post: (...activities: unknown[]) => send("POST", "/v1/activities", { body: { activities } }),
      };
    },
  };
}
