import { toEtag } from "../platform/entity-tag.ts";
import type { Profile } from "./operations.ts";
import type { User } from "./repository.ts";

/** The members of a stored user that the API returns, named one by one, so that a new member stays internal. */
export function toProfile(user: User): Profile {
  return {
    id: user._id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== undefined,
    name: user.name,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

/** The entity tag of a profile. It names the user: another account on the same phone has other versions. */
export const toProfileEtag = ({ _id, version }: User): string => toEtag("GET /v1/users/me", `${_id}.${version}`);
