import type { User } from "./repository.ts";

/** A user as the API shows it to that user. Members are named as in OpenID Connect, in snake case. */
export interface Profile {
  id: string;
  email: string;
  name: string;
  created_at: string;
  updated_at: string;
}

/** What of a stored user may leave the service: named one by one, so that a new member stays inside. */
export function toProfile(user: User): Profile {
  return {
    id: user._id,
    email: user.email,
    name: user.name,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

/** The entity tag of a user's profile. It names the user: another account on the same phone has other versions. */
export const toProfileEtag = ({ _id, version }: User): string => `"${_id}.${version}"`;
