import { Router } from "express";
import type { Parts } from "../parts.ts";
import { jsonBody, validBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { sendJson } from "../platform/json.ts";
import { problems } from "../platform/problems.ts";
import { requestOf } from "../platform/request-context.ts";
import { onlyMethods } from "../platform/routing.ts";
import type { User, UserRepository } from "../users/repository.ts";
import type { Passwords } from "./passwords.ts";
import { register } from "./registration.ts";
import { credentials, refreshRequest } from "./schemas.ts";
import { countryOf, originOf } from "./session-origin.ts";
import type { TokenResponse } from "./tokens.ts";

/** `/v1/auth`: how a person gets tokens, and how they end. */
export function authRoutes(parts: Parts, clock: Clock): Router {
  const router = Router({ caseSensitive: true, strict: true });

  router.route("/register").post(jsonBody, register(parts, clock)).all(onlyMethods("POST"));

  router
    .route("/login")
    .post(jsonBody, async (request, response) => {
      const { email, password, device } = validBody(credentials, request.body);
      const [users, passwords, tokens, limits] = await Promise.all([
        parts.users(),
        parts.passwords(),
        parts.tokens(),
        parts.limits(),
      ]);
      const uncount = await limits.login(request, response, email);
      let isRefused = false;
      let opened: TokenResponse;
      try {
        const authenticatedAt = clock();
        const user = await users.findByEmail(email);
        const matches = await passwords.verify(user?.passwordHash, password);
        if (!user || !matches) {
          isRefused = true;
          parts.events.record("login_failed", user?._id);
          throw problems.invalidCredentials();
        }
        requestOf(request).userId = user._id;
        const uncountOpened = await limits.open(response, user._id);
        await strengthen(user, password, users, passwords);
        try {
          opened = await tokens.open(user._id, authenticatedAt, originOf(request, device));
        } catch (failure) {
          await uncountOpened();
          throw failure;
        }
      } finally {
        // What failed by our own fault, and will be sent again, is no attempt at a password.
        if (!isRefused) await uncount();
      }
      // Last of all: a function may be frozen as soon as its answer is out.
      parts.metrics.count("Logins");
      sendJson(response, opened);
    })
    .all(onlyMethods("POST"));

  router
    .route("/refresh")
    .post(jsonBody, async (request, response) => {
      const arrivedAt = clock();
      const { refresh_token } = validBody(refreshRequest, request.body);
      const [tokens, limits] = await Promise.all([parts.tokens(), parts.limits()]);
      const presented = tokens.read(refresh_token);
      await limits.refresh(response, presented.session.id);
      const refreshed = await tokens.refresh(presented, arrivedAt, countryOf(request));
      parts.metrics.count("Refreshes");
      sendJson(response, refreshed);
    })
    .all(onlyMethods("POST"));

  router
    .route("/logout")
    .post(jsonBody, async (request, response) => {
      const { refresh_token } = validBody(refreshRequest, request.body);
      const tokens = await parts.tokens();
      await tokens.close(refresh_token);
      response.status(204).end();
    })
    .all(onlyMethods("POST"));

  return router;
}

/** Gives a user a hash by today's parameters. The login goes on without: the next one tries again. */
async function strengthen(
  { _id, passwordHash }: User,
  password: string,
  users: UserRepository,
  passwords: Passwords,
): Promise<void> {
  if (!passwords.isOutdated(passwordHash)) return;
  try {
    await users.replacePasswordHash(_id, passwordHash, await passwords.hash(password));
  } catch {
    // The part that failed says so in the log when it is needed.
  }
}
