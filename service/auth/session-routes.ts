import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { getSession, tokenRoutes } from "./authenticate.ts";
import { toSessionBody } from "./session-body.ts";

/** `/v1/sessions`: where a user is logged in. All routes require an access token whose session is open. */
export function sessionRoutes(dependencies: ServiceDependencies, clock: Clock) {
  return tokenRoutes(dependencies, clock, {
    "open session": {
      "GET /v1/sessions": async (request, response) => {
        const { userId, id } = getSession(request);
        const open = await (await dependencies.sessions()).list(userId, clock());
        const body = { sessions: open.map((session) => toSessionBody(session, id)) };
        if (!sendNotModified(request, response, computeEtag(JSON.stringify(body)))) sendJson(response, body);
      },
      "DELETE /v1/sessions": async (request, response) => {
        const { userId, id } = getSession(request);
        await (await dependencies.sessions()).revokeAll(userId, clock(), id);
        dependencies.events.record("session_revoked", userId);
        response.status(204).end();
      },
      "DELETE /v1/sessions/{id}": async (request, response) => {
        const { userId } = getSession(request);
        const existed = await (await dependencies.sessions()).revoke({ userId, id: request.params.id });
        if (!existed) throw problems.sessionNotFound();
        dependencies.events.record("session_revoked", userId);
        response.status(204).end();
      },
    },
  });
}
