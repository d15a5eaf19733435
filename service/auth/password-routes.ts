import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import type { User } from "../users/repository.ts";
import { getSession, readUser, tokenRoutes } from "./authenticate.ts";
import { notify } from "./link-mails.ts";
import { rejectCommonPassword } from "./new-password.ts";
import { passwordChange } from "./schemas.ts";

/**
 * `/v1/auth/password`: changes the password, ends all sessions but that of the request, and tells the user by mail.
 *
 * If the client lost the response and sends the request again, the new password is already set, and the response is the same.
 */
export function passwordRoutes(dependencies: ServiceDependencies, clock: Clock) {
  return tokenRoutes(dependencies, clock, {
    "open session": {
      "PUT /v1/auth/password": withBody(passwordChange, async (change, request, response) => {
        const { userId, id: sessionId } = getSession(request);
        const [users, passwords, sessions, limits] = await Promise.all([
          dependencies.users(),
          dependencies.passwords(),
          dependencies.sessions(),
          dependencies.limits(),
        ]);
        const counted: (() => Promise<void>)[] = [];
        const count = async () => counted.push(await limits.tryPassword(response, userId));
        // In this order, so that the headers show what is left after the last.
        const uncount = () => Promise.all(counted.map((each) => each()));
        let uncounted: Promise<unknown> | undefined;
        let isWrong = false;
        let changed: User | undefined;
        try {
          const found = readUser(dependencies, userId);
          // If counting fails, nothing else waits for it.
          found.catch(() => {});
          await count();
          const user = await found;
          isWrong = !(await passwords.verify(user.passwordHash, change.current_password));
          if (!isWrong) {
            uncounted = uncount();
            await rejectCommonPassword("/new_password", change.new_password, user);
            const hash = await passwords.hash(change.new_password);
            // Before and after the change: without the session store nothing changes, or an attacker's session would stay.
            await sessions.revokeAll(userId, clock(), sessionId);
            // Another change, or a login that stored a stronger hash, came first.
            if (!(await users.replacePasswordHash(userId, user.passwordHash, hash)))
              throw problems.concurrentModification();
            changed = user;
            dependencies.events.record("password_changed", userId);
          } else {
            await count();
            isWrong = !(await passwords.verify(user.passwordHash, change.new_password));
            if (isWrong) {
              dependencies.events.record("login_failed", userId);
              throw problems.wrongPassword();
            }
            uncounted = uncount();
          }
          await Promise.all([
            sessions.revokeAll(userId, clock(), sessionId),
            changed && notify(dependencies, changed, "password-changed"),
          ]);
        } finally {
          // A failure of the service, or for another reason, is no attempt at a password.
          if (!isWrong) await (uncounted ?? uncount());
        }
        response.status(204).end();
      }),
    },
  });
}
