import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { getSession, tokenRoutes } from "./authenticate.ts";
import { rejectCommonPassword } from "./new-password.ts";
import { passwordChange } from "./schemas.ts";

/**
 * `/v1/auth/password`: changes the password, and ends all sessions but that of the request.
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
        const user = await users.findById(userId);
        if (!user) throw await (await dependencies.erasures()).explainMissing(userId);
        const counted: (() => Promise<void>)[] = [];
        const isPassword = async (password: string) => {
          counted.push(await limits.tryPassword(response, userId));
          return passwords.verify(user.passwordHash, password);
        };
        let isWrong = false;
        try {
          isWrong = !(await isPassword(change.current_password));
          if (!isWrong) {
            await rejectCommonPassword("/new_password", change.new_password, user);
            const hash = await passwords.hash(change.new_password);
            // Before and after the change: without the session store nothing changes, or an attacker's session would stay.
            await sessions.revokeAll(userId, clock(), sessionId);
            // Another change, or a login that stored a stronger hash, came first.
            if (!(await users.replacePasswordHash(userId, user.passwordHash, hash)))
              throw problems.concurrentModification();
            dependencies.events.record("password_changed", userId);
          } else if (await isPassword(change.new_password)) {
            isWrong = false;
          } else {
            dependencies.events.record("login_failed", userId);
            throw problems.wrongPassword();
          }
          await sessions.revokeAll(userId, clock(), sessionId);
        } finally {
          // A failure of the service, or for another reason, is no attempt at a password.
          // One after the other, so that the headers show what is left after the last.
          if (!isWrong) for (const uncount of counted) await uncount();
        }
        response.status(204).end();
      }),
    },
  });
}
