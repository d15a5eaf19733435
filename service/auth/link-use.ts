import type { Request, Response } from "express";
import type { ServiceDependencies } from "../dependencies.ts";
import { Problem, problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import type { User } from "../users/repository.ts";
import { readUser } from "./authenticate.ts";
import type { Link, LinkPurpose } from "./links.ts";

/** The account of a link as it is now. @throws the problem `invalid-link` if the account was deleted */
type ReadUser = () => Promise<User>;

/**
 * Uses the link of a mail, within the limit of links that are not valid.
 * @param use throws the problem `invalid-link` if the link has no effect
 * @throws the problem `invalid-link`, or `too-many-requests`
 */
export async function useLink(
  dependencies: ServiceDependencies,
  request: Request,
  response: Response,
  token: string,
  purposes: readonly LinkPurpose[],
  use: (link: Link, readUser: ReadUser) => Promise<void>,
): Promise<void> {
  // Also what `readUser` needs: without a database, nothing is counted.
  const [links, limits] = await Promise.all([dependencies.links(), dependencies.limits(), dependencies.users()]);
  const uncount = await limits.useLink(request, response);
  let isInvalid = false;
  try {
    const link = await links.find(token, ...purposes);
    getRequestContext(request).userId = link.userId;
    await use(link, () =>
      readUser(dependencies, link.userId).catch((missing) => {
        throw missing instanceof Problem ? problems.invalidLink() : missing;
      }),
    );
  } catch (error) {
    isInvalid = error instanceof Problem && error.status === 400;
    throw error;
  } finally {
    if (!isInvalid) await uncount();
  }
}
