import type { Request } from "express";
import { getSession, tokenRoutes } from "../auth/authenticate.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { matchesEtag, sendNotModified } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { validateQuery } from "../platform/query.ts";
import { deleteAccount } from "./deletion.ts";
import { exportAccount } from "./export.ts";
import { toProfile, toProfileEtag } from "./profile.ts";
import type { UserRepository } from "./repository.ts";
import { exportQuery, profileChange } from "./schemas.ts";

/** `/v1/users`: a user's own account. All routes require an access token. */
export function userRoutes(dependencies: ServiceDependencies, clock: Clock) {
  const getUserId = (request: Request) => getSession(request).userId;

  /** The token outlives its account by minutes. The app must then log out, as with any refused token. */
  const noSuchUser = () => problems.invalidToken(new Error("its user does not exist"));

  /** The version that `If-Match` names, or undefined without this header. */
  const getExpectedVersion = async (users: UserRepository, request: Request): Promise<number | undefined> => {
    const ifMatch = request.get("if-match");
    if (ifMatch === undefined) return undefined;
    const user = await users.findById(getUserId(request));
    if (!user) throw noSuchUser();
    if (matchesEtag(ifMatch, toProfileEtag(user))) return user.version;
    // The cached profile may be the one that the client has: reading it again would not help.
    await (await dependencies.userCache()).invalidate(user._id, "Profile");
    throw problems.preconditionFailed();
  };

  return tokenRoutes(dependencies, clock, {
    "access token": {
      "GET /v1/users/me": async (request, response) => {
        const id = getUserId(request);
        const { tag, profile } = await (await dependencies.userCache()).read(id, "Profile", async () => {
          const user = await (await dependencies.users()).findById(id);
          if (!user) throw noSuchUser();
          return { tag: toProfileEtag(user), profile: toProfile(user) };
        });
        if (!sendNotModified(request, response, tag)) sendJson(response, profile);
      },
      "PATCH /v1/users/me": withBody(profileChange, async (change, request, response) => {
        const id = getUserId(request);
        const [users, cache] = await Promise.all([dependencies.users(), dependencies.userCache()]);
        const version = await getExpectedVersion(users, request);
        const user = await users
          .changeProfile(id, change, new Date(clock()), version)
          // A change whose response was lost may have been made.
          .finally(() => cache.invalidate(id, "Profile"));
        if (!user) throw version === undefined ? noSuchUser() : problems.preconditionFailed();
        response.setHeader("ETag", toProfileEtag(user));
        sendJson(response, toProfile(user));
      }),
    },
    "open session": {
      "DELETE /v1/users/me": async (request, response) => {
        const id = getUserId(request);
        await deleteAccount(dependencies, id, clock);
        dependencies.events.record("session_revoked", id);
        response.status(204).end();
      },
      "GET /v1/users/me/export": async (request, response) => {
        const { cursor } = validateQuery(exportQuery, request.query);
        const page = await exportAccount(dependencies, getSession(request), cursor, clock());
        if (!page) throw noSuchUser();
        response.attachment("ecobeat-export.json");
        sendJson(response, page);
      },
    },
  });
}
