import type { Request } from "express";
import { getOpenSessions, getSession, readUser, tokenRoutes } from "../auth/authenticate.ts";
import { exportFileName } from "../company.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { type Preconditions, readPreconditions, sendNotModified, writeAccepted } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { validateQuery } from "../platform/query.ts";
import type { UserCache } from "../platform/user-cache.ts";
import { deleteAccount } from "./deletion.ts";
import { exportAccount } from "./export.ts";
import { toProfile, toProfileEtag } from "./profile.ts";
import type { User } from "./repository.ts";
import { exportQuery, profileChange } from "./schemas.ts";

/** `/v1/users`: a user's own account. All routes require an access token. */
export function userRoutes(dependencies: ServiceDependencies, clock: Clock) {
  const getUserId = (request: Request) => getSession(request).userId;

  const explainMissing = async (id: string) => (await dependencies.erasures()).explainMissing(id);

  const find = (id: string) => readUser(dependencies, id);

  const load = async (id: string) => {
    const user = await find(id);
    return { tag: toProfileEtag(user), profile: toProfile(user) };
  };

  const readPastCache = (id: string, cache: UserCache) => {
    const invalidated = cache.invalidate(id, "Profile");
    return load(id).finally(() => invalidated);
  };

  /** Runs a write of the version that preconditions accept. */
  const writeVersion = <T>(
    id: string,
    preconditions: Preconditions,
    write: (user: User) => Promise<T | null | false>,
  ) => writeAccepted(preconditions, toProfileEtag, () => find(id), write);

  return tokenRoutes(dependencies, clock, {
    "access token": {
      "GET /v1/users/me": async (request, response) => {
        const id = getUserId(request);
        const cache = await dependencies.userCache();
        // A cached profile may be older than the one that the client has.
        const isVersion = readPreconditions(request)?.ifMatch !== undefined;
        const read = isVersion ? readPastCache(id, cache) : cache.read(id, "Profile", () => load(id));
        const { tag, profile } = await read;
        if (!sendNotModified(request, response, tag)) sendJson(response, profile);
      },
      "PATCH /v1/users/me": withBody(profileChange, async (change, request, response) => {
        const id = getUserId(request);
        const [users, cache] = await Promise.all([dependencies.users(), dependencies.userCache()]);
        const changeVersion = (version?: number) => users.changeProfile(id, change, new Date(clock()), version);
        const preconditions = readPreconditions(request);
        const changed = preconditions
          ? writeVersion(id, preconditions, ({ version }) => changeVersion(version))
          : changeVersion();
        // A change whose response was lost may have been made. And of a change that is refused, the cached profile may be the one
        // that the client has: reading it again would not help.
        const user = await changed.finally(() => cache.invalidate(id, "Profile"));
        if (!user) throw await explainMissing(id);
        response.setHeader("ETag", toProfileEtag(user));
        sendJson(response, toProfile(user));
      }),
    },
    "open session": {
      "DELETE /v1/users/me": async (request, response) => {
        const id = getUserId(request);
        const preconditions = readPreconditions(request);
        if (preconditions) {
          const [users, cache] = await Promise.all([dependencies.users(), dependencies.userCache()]);
          // Nothing of the account may be gone when a change comes first.
          await writeVersion(id, preconditions, ({ version }) => users.advanceVersion(id, version)).finally(() =>
            cache.invalidate(id, "Profile"),
          );
        }
        await deleteAccount(dependencies, id, clock);
        dependencies.events.record("session_revoked", id);
        response.status(204).end();
      },
    },
    "open session, listed": {
      "GET /v1/users/me/export": async (request, response) => {
        const { cursor } = validateQuery(exportQuery, request.query);
        const open = getOpenSessions(request);
        const page = await exportAccount(dependencies, getSession(request), open, cursor, clock());
        if (!page) throw await explainMissing(getUserId(request));
        // An attacker may have registered the address of another person, who uses the account later.
        if (!page.profile.email_verified) throw problems.emailNotVerified();
        response.attachment(exportFileName);
        sendJson(response, page);
      },
    },
  });
}
