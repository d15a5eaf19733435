import type { Request, Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { Clock } from "../platform/clock.ts";
import type { Problem } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import type { User, UserRepository } from "../users/repository.ts";
import type { TokenResponse } from "./operations.ts";
import type { Passwords } from "./passwords.ts";
import { getSessionOrigin } from "./session-origin.ts";

/** A login with a password. */
export interface PasswordLogin {
  /** The e-mail address by which the login is counted. */
  email: string;
  password: string;
  device?: string | undefined;
  /** Finds the account, after the login is counted. */
  account(users: UserRepository): Promise<User | null>;
  /** A further condition. @default the password alone decides */
  accepts?(user: User): boolean;
  /** The problem to respond with if the login is refused. */
  refusal(): Problem;
}

/**
 * Opens a session for a user who knows the password of the account, within the limits of logins.
 * @throws the refusal, or the problem `too-many-requests`
 */
export async function logIn(
  dependencies: ServiceDependencies,
  clock: Clock,
  request: Request,
  response: Response,
  { email, password, device, account, accepts = () => true, refusal }: PasswordLogin,
): Promise<{ user: User; opened: TokenResponse }> {
  const [users, passwords, tokens, limits] = await Promise.all([
    dependencies.users(),
    dependencies.passwords(),
    dependencies.tokens(),
    dependencies.limits(),
  ]);
  // One after the other, although they would not need each other's results: a login too many must neither be looked up nor hashed,
  // and a user's login too many must not be signed.
  const uncount = await limits.login(request, response, email);
  let uncounted: Promise<void> | undefined;
  let isRefused = false;
  try {
    const authenticatedAt = clock();
    const user = await account(users);
    const matches = await passwords.verify(user?.passwordHash, password);
    if (!matches) dependencies.events.record("login_failed", user?._id);
    if (!user || !matches || !accepts(user)) {
      isRefused = true;
      throw refusal();
    }
    getRequestContext(request).userId = user._id;
    uncounted = uncount();
    const uncountOpened = await limits.open(response, user._id);
    const [opened] = await Promise.allSettled([
      tokens.open(user._id, authenticatedAt, getSessionOrigin(request, device)),
      rehashIfOutdated(user, password, users, passwords),
    ]);
    if (opened.status === "fulfilled") return { user, opened: opened.value };
    await uncountOpened();
    throw opened.reason;
  } finally {
    // A failure of the service, after which the client retries, is no attempt at a password. Before the response: a function may be
    // frozen as soon as the response is out.
    if (!isRefused) await (uncounted ?? uncount());
  }
}

/** Stores a hash with the current parameters. If that fails, the login continues, and the next one tries again. */
async function rehashIfOutdated(
  { _id, passwordHash }: User,
  password: string,
  users: UserRepository,
  passwords: Passwords,
): Promise<void> {
  if (!passwords.isOutdated(passwordHash)) return;
  try {
    await users.replacePasswordHash(_id, passwordHash, await passwords.hash(password));
  } catch {
    // The log names the failed dependency as soon as a request needs it.
  }
}
