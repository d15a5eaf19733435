import type { Request, Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { canonicalEmail } from "../users/email.ts";
import type { User } from "../users/repository.ts";
import { notify } from "./link-mails.ts";
import { useLink } from "./link-use.ts";
import type { Link } from "./links.ts";

/**
 * Confirms an address by the link of a mail: that of a new account, or the new one of a change. Sessions stay, as the password does.
 *
 * If the client lost the response and sends the same again, the address is already confirmed, and the response is the same.
 * @throws the problems `invalid-link`, `email-taken` and `too-many-requests`
 */
export async function confirmEmail(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  response: Response,
  token: string,
): Promise<void> {
  const [users, cache] = await Promise.all([dependencies.users(), dependencies.userCache(), dependencies.outbox()]);
  await useLink(
    dependencies,
    request,
    response,
    token,
    ["email-verification", "email-change"],
    async (link, readUser) => {
      const user = await readUser();
      if (isConfirmed(link, user)) return;
      if (!link.isCurrent(user)) throw problems.invalidLink();
      const confirming = users.confirmEmail(user, link.email ?? user.email, new Date(clock()));
      // A change whose response was lost may have been made.
      const isFirst = await confirming.finally(() => cache.invalidate(user._id, "Profile"));
      if (isFirst) return record(dependencies, link, user);
      // The same request may have come first.
      if (!isConfirmed(link, await readUser())) throw problems.invalidLink();
    },
  );
}

/** Whether the account has the confirmed address that a link would give it. */
const isConfirmed = (link: Link, user: User): boolean =>
  user.emailVerifiedAt !== undefined &&
  (link.email === undefined ? link.isCurrent(user) : canonicalEmail(link.email) === user.emailCanonical);

async function record(
  dependencies: Pick<ServiceDependencies, "events" | "limits" | "outbox">,
  { email }: Link,
  before: User,
): Promise<void> {
  dependencies.events.record(email === undefined ? "email_verified" : "email_changed", before._id);
  if (email !== undefined) await notify(dependencies, before, "email-changed");
}
