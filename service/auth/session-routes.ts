import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import {
  checkPreconditions,
  computeStateEtag,
  readPreconditions,
  sendNotModified,
  writeAccepted,
} from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { getOpenSessions, getSession, tokenRoutes } from "./authenticate.ts";
import { toSessionBody } from "./session-body.ts";
import type { OpenSession } from "./session-store.ts";

/** `/v1/sessions`: where a user is logged in. All routes require an access token whose session is open. */
export function sessionRoutes(dependencies: ServiceDependencies, clock: Clock) {
  /** Whatever else a session has changes with its use. */
  const toListEtag = (open: readonly OpenSession[], ownId: string) =>
    computeStateEtag("GET /v1/sessions", [ownId, open.map(({ id, lastUsedAt }) => [id, lastUsedAt])]);

  return tokenRoutes(dependencies, clock, {
    "open session, listed": {
      "GET /v1/sessions": (request, response) => {
        const open = getOpenSessions(request);
        const { id } = getSession(request);
        if (sendNotModified(request, response, toListEtag(open, id))) return;
        sendJson(response, { sessions: open.map((session) => toSessionBody(session, id)) });
      },
      "DELETE /v1/sessions": async (request, response) => {
        const { userId, id } = getSession(request);
        const sessions = await dependencies.sessions();
        const preconditions = readPreconditions(request);
        if (preconditions) {
          const listed = [getOpenSessions(request)];
          await writeAccepted(
            preconditions,
            (open) => toListEtag(open, id),
            async () => listed.pop() ?? sessions.list(userId, clock()),
            (open) => sessions.revokeAll(userId, clock(), id, open),
          );
        } else await sessions.revokeAll(userId, clock(), id);
        dependencies.events.record("session_revoked", userId);
        response.status(204).end();
      },
      "DELETE /v1/sessions/{id}": async (request, response) => {
        const { userId } = getSession(request);
        const { id } = request.params;
        const sessions = await dependencies.sessions();
        const preconditions = readPreconditions(request);
        if (preconditions) {
          if (!getOpenSessions(request).some((session) => session.id === id)) throw problems.sessionNotFound();
          // One session has no representation of its own, and so no entity tag.
          checkPreconditions(preconditions, undefined);
        }
        if (!(await sessions.revoke({ userId, id }))) throw problems.sessionNotFound();
        dependencies.events.record("session_revoked", userId);
        response.status(204).end();
      },
    },
  });
}
