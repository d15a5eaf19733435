import type { Request } from "express";
import { getSession, tokenRoutes } from "../auth/authenticate.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { jsonBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { readPreconditions, sendNotModified, writeAccepted } from "../platform/entity-tag.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { validateQuery } from "../platform/query.ts";
import { validateBody } from "../platform/validation.ts";
import { readItems, storeBatch } from "./batch.ts";
import { toActivityBody, toActivityEtag } from "./body.ts";
import { toChangedContent } from "./change.ts";
import { readPage } from "./page.ts";
import { activityChange, idInPath, listQuery, summaryQuery } from "./schemas.ts";
import { computeSummary } from "./summary.ts";

/** `/v1/activities`: what a user has recorded. All routes require an access token, and serve only its user's activities. */
export function activityRoutes(dependencies: ServiceDependencies, clock: Clock) {
  const getUserId = (request: Request) => getSession(request).userId;

  /** A string that is no UUID gets the same response as an unknown id. */
  const getId = (request: Request<{ id: string }>) => {
    const id = idInPath(request.params.id);
    if (id === undefined) throw problems.activityNotFound();
    return id;
  };

  const find = async (request: Request<{ id: string }>) => {
    const activity = await (await dependencies.activities()).findById(getUserId(request), getId(request));
    if (!activity) throw problems.activityNotFound();
    return activity;
  };

  /** Runs a write, then invalidates all summaries: several months may have changed, and a failed write may have done half. */
  const runWrite = async <T>(userId: string, write: () => Promise<T>): Promise<T> => {
    const cache = await dependencies.userCache();
    return write().finally(() => cache.invalidate(userId));
  };

  return tokenRoutes(dependencies, clock, {
    "access token": {
      "GET /v1/activities": async (request, response) => {
        const query = validateQuery(listQuery, request.query);
        sendJson(response, await readPage(await dependencies.activities(), getUserId(request), query, clock()));
      },
      "POST /v1/activities": [
        jsonBody,
        async (request, response) => {
          const items = readItems(request.body);
          const userId = getUserId(request);
          const [repository, erasures, cache] = await Promise.all([
            dependencies.activities(),
            dependencies.erasures(),
            dependencies.userCache(),
          ]);
          const confirm = async () => {
            try {
              await erasures.confirmWrite(userId);
            } catch (failure) {
              // What was read while the data of a deleted account were stored.
              await cache.invalidate(userId);
              throw failure;
            }
          };
          const afterWrite = () => Promise.all([confirm(), cache.invalidate(userId)]);
          sendJson(response, { results: await storeBatch(repository, userId, items, clock(), afterWrite) });
        },
      ],
      "GET /v1/activities/summary": async (request, response) => {
        const { month } = validateQuery(summaryQuery, request.query);
        const userId = getUserId(request);
        const summary = await (await dependencies.userCache()).read(userId, `Summary ${month}`, async () =>
          computeSummary(await dependencies.activities(), userId, month),
        );
        sendJson(response, summary);
      },
      "GET /v1/activities/{id}": async (request, response) => {
        const activity = await find(request);
        if (!sendNotModified(request, response, toActivityEtag(activity))) sendJson(response, toActivityBody(activity));
      },
      "PATCH /v1/activities/{id}": [
        jsonBody,
        async (request, response) => {
          const preconditions = readPreconditions(request);
          if (preconditions?.ifMatch === undefined) throw problems.preconditionRequired();
          const now = clock();
          const change = validateBody(activityChange, request.body);
          const repository = await dependencies.activities();
          const changed = await writeAccepted(
            preconditions,
            toActivityEtag,
            () => find(request),
            (activity) => {
              const content = toChangedContent(activity, change, now);
              return runWrite(activity.userId, () => repository.change(activity, content, new Date(now)));
            },
          );
          response.setHeader("ETag", toActivityEtag(changed));
          sendJson(response, toActivityBody(changed));
        },
      ],
      "DELETE /v1/activities/{id}": async (request, response) => {
        const [userId, id] = [getUserId(request), getId(request)];
        const repository = await dependencies.activities();
        const remove = (version?: number) =>
          runWrite(userId, () => repository.delete(userId, id, new Date(clock()), version));
        const preconditions = readPreconditions(request);
        const existed = preconditions
          ? await writeAccepted(
              preconditions,
              toActivityEtag,
              () => find(request),
              ({ version }) => remove(version),
            )
          : await remove();
        if (!existed) throw problems.activityNotFound();
        response.status(204).end();
      },
    },
  });
}
