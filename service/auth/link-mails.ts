import type { ServiceDependencies } from "../dependencies.ts";
import type { Mail, MailKind, NoMail } from "../mail/mail.ts";
import type { User } from "../users/repository.ts";
import type { LinkedUser, LinkPurpose } from "./links.ts";

type Needed = Pick<ServiceDependencies, "limits" | "links" | "outbox">;

/**
 * Creates a link, and the mail with it. The same calls are made for an account that does not exist: the response and its time tell no
 * one.
 * @param to where the mail goes. For an account that exists, its own spelling of the address, and never that of a request: two
 *   mailboxes may have addresses that we take for one.
 * @param user @default there is no account, and no mail
 * @throws {UnavailableError} if the store of links does not respond
 */
export async function createLinkMail(
  dependencies: Pick<Needed, "links">,
  kind: LinkPurpose,
  to: string,
  user?: LinkedUser,
): Promise<Mail | NoMail> {
  const links = await dependencies.links();
  const created = await links.create(kind, user, kind === "email-change" ? to : undefined);
  return user ? { kind, to, ...created } : { kind: "none" };
}

/**
 * Queues a mail, unless its recipient got as many of this kind as one may: the calls are the same. It counts as late as possible, and
 * only if it is queued: after a failure, users try again, and must get their mail.
 */
export async function queueMail(
  dependencies: Pick<Needed, "limits" | "outbox">,
  kind: MailKind,
  to: string,
  mail: Mail | NoMail,
): Promise<void> {
  const [limits, outbox] = await Promise.all([dependencies.limits(), dependencies.outbox()]);
  const { isAllowed, uncount } = await limits.mail(kind, to);
  if (!(await outbox.put(isAllowed ? mail : { kind: "none" }))) await uncount();
}

/** Creates a mail with a link, and queues it. */
export async function mailLink(dependencies: Needed, kind: LinkPurpose, to: string, user?: LinkedUser): Promise<void> {
  await queueMail(dependencies, kind, to, await createLinkMail(dependencies, kind, to, user));
}

/**
 * Does what was counted, and mails something. A failure of the service, after which the client sends the same again, does not count.
 * @param uncount from a method of `AuthLimits`
 */
export async function uncountIfFailed(uncount: () => Promise<void>, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (failure) {
    await uncount();
    throw failure;
  }
}

/** Mails that tell users of a change that they may not have made. */
type Notice = Extract<MailKind, "password-changed" | "email-changed" | "email-change-requested">;

/**
 * Tells a user of a change, at the address before it. An address that was never confirmed gets no notices: it may be another person's,
 * who would get as many as the user likes.
 */
export async function notify(
  dependencies: Pick<Needed, "limits" | "outbox">,
  { email, emailVerifiedAt }: Pick<User, "email" | "emailVerifiedAt">,
  kind: Notice,
): Promise<void> {
  if (emailVerifiedAt === undefined) return;
  await queueMail(dependencies, kind, email, { kind, to: email });
}
