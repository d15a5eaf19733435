import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import { sendJson } from "../platform/json.ts";
import { Problem, problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { canonicalEmail } from "../users/email.ts";
import { toProfile } from "../users/profile.ts";
import type { User, UserRepository } from "../users/repository.ts";
import { createLinkMail, queueMail } from "./link-mails.ts";
import { rejectCommonPassword } from "./new-password.ts";
import type { TokenResponse } from "./operations.ts";
import { logIn } from "./password-login.ts";
import { type KeyHashes, registrationKeyMilliseconds } from "./registration-keys.ts";
import type { Registration } from "./schemas.ts";
import { getSessionOrigin } from "./session-origin.ts";

/**
 * Creates an account and opens its first session. With an `Idempotency-Key`, a phone that lost the response may send the same
 * again: the password then shows that the account is the user's own, as at a login, and opens a session.
 */
export function register(dependencies: ServiceDependencies, clock: Clock) {
  return async (requested: Registration, request: Request, response: Response): Promise<void> => {
    await rejectCommonPassword("/password", requested.password, requested);
    // All in parallel, also those for later: each may have to be imported.
    const [keys, limits] = await Promise.all([
      dependencies.registrationKeys(),
      dependencies.limits(),
      dependencies.users(),
      dependencies.passwords(),
      dependencies.tokens(),
      dependencies.links(),
      dependencies.outbox(),
    ]);
    const key = keys.computeHashes(request);
    const uncount = await limits.register(request, response);
    let isCounted = false;
    let outcome: Outcome;
    try {
      outcome = await createUnlessRepeated(dependencies, clock, request, requested, key);
      isCounted = "opened" in outcome;
    } catch (error) {
      isCounted = error instanceof Problem && error.status === 409;
      throw error;
    } finally {
      if (!isCounted) await uncount();
    }
    if ("opened" in outcome) return sendRegistered(request, response, outcome.user, outcome.opened);
    return repeatRegistration(dependencies, clock, request, response, outcome.user, requested);
  };
}

/** A new account with its first session, or the account of an earlier request with the same key. */
type Outcome = { user: User; opened: TokenResponse } | { user: User };

async function createUnlessRepeated(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  requested: Registration,
  key: KeyHashes | undefined,
): Promise<Outcome> {
  const users = await dependencies.users();
  const earlier = await findEarlierAccount(users, requested.email, key, clock());
  if (earlier) return { user: earlier };
  try {
    return await createAccount(dependencies, clock, request, requested, key);
  } catch (error) {
    // Another request came first, which may have been the same one.
    if (!(error instanceof Problem && error.status === 409)) throw error;
    const winner = await findEarlierAccount(users, requested.email, key, clock());
    if (!winner) throw error;
    return { user: winner };
  }
}

/**
 * The account that was created with this key. An account that another request creates meanwhile is found by its key, its address or
 * both, whichever is searched first, or else by neither, and creating it again fails.
 * @returns undefined if the key and the address are free
 * @throws the problem `email-taken`
 */
async function findEarlierAccount(
  users: UserRepository,
  email: string,
  key: KeyHashes | undefined,
  now: number,
): Promise<User | undefined> {
  const isRetryable = ({ createdAt }: User) => createdAt.getTime() >= now - registrationKeyMilliseconds;
  const [keyed, holder] = await Promise.all([
    key === undefined ? null : users.findByRegistrationKey(key),
    users.findByEmail(email),
  ]);
  if (keyed && isRetryable(keyed)) return keyed;
  if (keyed) await users.removeRegistrationKey(keyed._id);
  if (!holder) return undefined;
  if (holder.registrationKey !== undefined && key?.includes(holder.registrationKey) && isRetryable(holder))
    return holder;
  throw problems.emailTaken();
}

async function createAccount(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  requested: Registration,
  key: KeyHashes | undefined,
): Promise<{ user: User; opened: TokenResponse }> {
  const { email, name, password, device } = requested;
  const [users, passwords, tokens, keys] = await Promise.all([
    dependencies.users(),
    dependencies.passwords(),
    dependencies.tokens(),
    dependencies.registrationKeys(),
  ]);
  const now = clock();
  const [_id, at] = [randomUUID(), new Date(now)];
  // The account last: whatever fails before, the same registration can be sent again. A session without an account is harmless,
  // since its token was never sent, as is a link. The hash first: it throws before anything is signed if too many are in progress.
  const hashing = passwords.hash(password);
  const [passwordHash, opened, mail] = await Promise.all([
    hashing,
    tokens.open(_id, now, getSessionOrigin(request, device)),
    hashing.then((hash) =>
      createLinkMail(dependencies, "email-verification", email, {
        ...{ _id, passwordHash: hash, emailCanonical: canonicalEmail(email)! },
      }),
    ),
  ]);
  const user = await users.create({
    _id,
    email,
    name,
    passwordHash,
    createdAt: at,
    updatedAt: at,
    ...(key && { registrationKey: key[0], registrationBody: keys.computeBodyHashes(requested)[0] }),
  });
  // Only for an account that exists. A registration that is sent again mails nothing more: the app can request another mail.
  await queueMail(dependencies, "email-verification", email, mail);
  return { user, opened };
}

/**
 * Responds to a registration that was completed before. The key alone opens nothing: an attacker who has seen one must not be able
 * to try more passwords than at a login.
 * @throws the problem `idempotency-key-reused` if it is not the same as before
 */
async function repeatRegistration(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  response: Response,
  user: User,
  requested: Registration,
): Promise<void> {
  const { email, name, password, device } = requested;
  const bodies = (await dependencies.registrationKeys()).computeBodyHashes(requested);
  const { opened } = await logIn(dependencies, clock, request, response, {
    email: user.email,
    password,
    device,
    account: async () => user,
    accepts: ({ registrationBody }) =>
      registrationBody === undefined ? user.email === email && user.name === name : bodies.includes(registrationBody),
    refusal: problems.idempotencyKeyReused,
  });
  sendRegistered(request, response, user, opened);
}

function sendRegistered(request: Request, response: Response, user: User, opened: TokenResponse): void {
  getRequestContext(request).userId = user._id;
  sendJson(response.status(201).location("/v1/users/me"), { user: toProfile(user), ...opened });
}
