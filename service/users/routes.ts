import { type Request, Router } from "express";
import { LRUCache } from "lru-cache";
import { authenticate, demandOpenSession } from "../auth/authenticate.ts";
import type { Parts } from "../parts.ts";
import { jsonBody, validBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { validQuery } from "../platform/query.ts";
import { requestOf } from "../platform/request-context.ts";
import { onlyMethods } from "../platform/routing.ts";
import { deleteAccount } from "./deletion.ts";
import { exportOf } from "./export.ts";
import { type Profile, profileOf } from "./profile.ts";
import { exportQuery, profileChange } from "./schemas.ts";

/**
 * An app asks for the profile in bursts. This long another execution environment may answer with what was before
 * a change; the change's own answer, and all from here, show the new state at once.
 */
const profileCacheMilliseconds = 5_000;

/** `/v1/users`: a user's own account. Everything here needs an access token. */
export async function userRoutes(parts: Parts, clock: Clock): Promise<Router> {
  const profiles = new LRUCache<string, Profile>({
    max: 1_000,
    ttl: profileCacheMilliseconds,
    ttlResolution: 0,
    perf: { now: clock },
  });
  const router = Router({ caseSensitive: true, strict: true });
  const self = (request: Request) => requestOf(request).userId!;

  /** The token outlives its account by minutes; the app must then log out, as with any refused token. */
  const noSuchUser = () => problems.invalidToken(new Error("its user does not exist"));

  router.use(authenticate(await parts.accessTokens()));

  router
    .route("/me")
    .get(async (request, response) => {
      const id = self(request);
      let profile = profiles.get(id);
      parts.metrics.cache("Profile", profile !== undefined);
      if (!profile) {
        const user = await (await parts.users()).findById(id);
        if (!user) throw noSuchUser();
        profile = profileOf(user);
        // A change that came in while we were reading has put its newer state here.
        if (!profiles.has(id)) profiles.set(id, profile);
      }
      sendJson(response, profile);
    })
    .patch(jsonBody, async (request, response) => {
      const change = validBody(profileChange, request.body);
      const user = await (await parts.users()).changeProfile(self(request), change, new Date(clock()));
      if (!user) throw noSuchUser();
      const profile = profileOf(user);
      profiles.set(user._id, profile);
      sendJson(response, profile);
    })
    .delete(demandOpenSession(parts, clock), async (request, response) => {
      const id = self(request);
      await deleteAccount(parts, id, clock);
      profiles.delete(id);
      parts.events.record("session_revoked", id);
      response.status(204).end();
    })
    .all(onlyMethods("GET", "HEAD", "PATCH", "DELETE"));

  router
    .route("/me/export")
    .get(demandOpenSession(parts, clock), async (request, response) => {
      const { cursor } = validQuery(exportQuery, request.query);
      const { userId, sessionId } = requestOf(request);
      const session = { userId: userId!, id: sessionId! };
      const page = await exportOf(parts, session, cursor, clock());
      if (!page) throw noSuchUser();
      response.attachment("ecobeat-export.json");
      sendJson(response, page);
    })
    .all(onlyMethods("GET", "HEAD"));

  return router;
}
