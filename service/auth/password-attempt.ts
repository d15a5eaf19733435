import type { Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import type { User } from "../users/repository.ts";

/**
 * Whether a password is that of an account, within the limit of wrong passwords of its user.
 * @throws the problem `too-many-requests`
 */
export async function isPassword(
  dependencies: Pick<ServiceDependencies, "limits" | "passwords" | "events">,
  response: Response,
  { _id, passwordHash }: User,
  password: string,
): Promise<boolean> {
  const [limits, passwords] = await Promise.all([dependencies.limits(), dependencies.passwords()]);
  const uncount = await limits.tryPassword(response, _id);
  let isWrong = false;
  try {
    isWrong = !(await passwords.verify(passwordHash, password));
    if (isWrong) dependencies.events.record("login_failed", _id);
    return !isWrong;
  } finally {
    // A failure of the service is no attempt at a password.
    if (!isWrong) await uncount();
  }
}
