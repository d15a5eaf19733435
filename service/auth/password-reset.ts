import type { Request, Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { mailLink, notify, uncountIfFailed } from "./link-mails.ts";
import { useLink } from "./link-use.ts";
import { rejectCommonPassword } from "./new-password.ts";
import { isPassword } from "./password-attempt.ts";

/**
 * Mails a link to reset the password, if there is an account with this address. Neither the response nor its time tells that: the same
 * calls are made in each case.
 *
 * A reset goes to confirmed addresses alone (NIST SP 800-63B-4, 4.2.1.2). The owner of another gets a link to confirm it, and then asks
 * again.
 * @throws the problem `too-many-requests`
 */
export async function requestPasswordReset(
  dependencies: ServiceDependencies,
  request: Request,
  response: Response,
  email: string,
): Promise<void> {
  const [users, limits] = await Promise.all([
    dependencies.users(),
    dependencies.limits(),
    // For later: each may have to be imported.
    dependencies.links(),
    dependencies.outbox(),
  ]);
  await uncountIfFailed(await limits.requestReset(request, response, email), async () => {
    const user = await users.findByEmail(email);
    const isUnconfirmed = user && user.emailVerifiedAt === undefined;
    if (user) dependencies.events.record("password_reset_requested", user._id);
    const kind = isUnconfirmed ? "email-verification" : "password-reset";
    await mailLink(dependencies, kind, user?.email ?? email, user ?? undefined);
  });
}

/** What the link of a mail and its user send to reset a password. */
export interface PasswordReset {
  token: string;
  newPassword: string;
}

/**
 * Resets a password by the link of a mail, ends all sessions, and tells the user by mail. The user then logs in: a link that others may
 * have opens no session.
 *
 * If the client lost the response and sends the same again, the new password is already set, and the response is the same.
 * @throws the problems `invalid-link`, `common-password`, `too-many-requests` and `too-many-logins`
 */
export async function completePasswordReset(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  response: Response,
  { token, newPassword }: PasswordReset,
): Promise<void> {
  const [users, passwords, sessions] = await Promise.all([
    dependencies.users(),
    dependencies.passwords(),
    dependencies.sessions(),
    dependencies.outbox(),
  ]);
  await useLink(dependencies, request, response, token, ["password-reset"], async (link, readUser) => {
    const user = await readUser();
    const { _id, passwordHash, emailCanonical } = user;
    const isCurrent = link.isCurrent(user);
    let isReset = false;
    if (isCurrent) {
      await rejectCommonPassword("/new_password", newPassword, user);
      const hash = await passwords.hash(newPassword);
      // Before and after the change: without the session store nothing changes, or an attacker's session would stay.
      await sessions.revokeAll(_id, clock());
      isReset = await users.replacePasswordHash(_id, passwordHash, hash, emailCanonical);
    }
    if (isReset) dependencies.events.record("password_reset", _id);
    else {
      // The same request may have come first.
      const changed = isCurrent ? await readUser() : user;
      if (!(await isPassword(dependencies, response, changed, newPassword))) throw problems.invalidLink();
    }
    await Promise.all([sessions.revokeAll(_id, clock()), isReset && notify(dependencies, user, "password-changed")]);
  });
}
