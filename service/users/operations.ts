import { z } from "zod";
import type { Operation } from "../openapi/operation.ts";
import { described } from "../openapi/schemas.ts";
import type { Profile } from "./profile.ts";
import { displayName, email, profileChange } from "./schemas.ts";

email.register(described, { description: "An e-mail address, at most 254 bytes in UTF-8.", maxLength: 254 });
displayName.register(described, {
  description: "What the user wants to be called: 1 to 100 characters, without control characters.",
});
profileChange.register(described, { id: "ProfileChange" });

/** A user's own data as the API shows it. */
export const profile = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .register(described, { id: "Profile" }) satisfies z.ZodType<Profile>;

export const exampleProfile: Profile = {
  id: "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
  email: "ann@example.com",
  name: "Ann",
  created_at: "2026-05-04T08:15:30.123Z",
  updated_at: "2026-05-04T08:15:30.123Z",
};

const common = { path: "/v1/users/me", tag: "Profile", needs: "access token" } as const;

/** What `/v1/users` answers. */
export const userOperations: Operation[] = [
  {
    ...common,
    method: "get",
    id: "getProfile",
    summary: "Read the profile",
    answers: {
      200: { description: "The profile", schema: profile, examples: { profile: exampleProfile } },
    },
    problems: ["unavailable"],
  },
  {
    ...common,
    method: "patch",
    id: "changeProfile",
    summary: "Change the profile",
    body: { schema: profileChange, examples: { rename: { name: "Anna" } } },
    answers: {
      200: {
        description: "The profile as changed",
        schema: profile,
        examples: { renamed: { ...exampleProfile, name: "Anna", updated_at: "2026-05-06T19:02:11.004Z" } },
      },
    },
    problems: ["unavailable"],
  },
  {
    ...common,
    method: "delete",
    id: "deleteAccount",
    summary: "Delete the account",
    description:
      "Ends all sessions and deletes all data. Refused as soon as the session of the access token has ended.",
    answers: { 204: { description: "Account and sessions are gone" } },
    problems: ["unavailable"],
  },
];
