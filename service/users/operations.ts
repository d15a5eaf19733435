import { z } from "zod";
import { exampleActivity, page } from "../activities/response-schemas.ts";
import { exampleSession, session } from "../auth/session-operations.ts";
import type { Operations } from "../openapi/operation.ts";
import { ifNoneMatch } from "../openapi/parameters.ts";
import { queryParameters } from "../openapi/query-parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import type { AccountExport } from "./export.ts";
import type { Profile } from "./profile.ts";
import { displayName, email, exportQuery, profileChange } from "./schemas.ts";

email.register(descriptions, {
  description: "An e-mail address, at most 254 bytes in UTF-8.",
  maxLength: 254,
});
displayName.register(descriptions, {
  description: "What the user wants to be called: 1 to 100 characters, without control characters.",
});
profileChange.register(descriptions, { id: "ProfileChange" });

/** A user's own data as the API shows it. */
export const profile = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .register(descriptions, { id: "Profile" }) satisfies z.ZodType<Profile>;

export const exampleProfile: Profile = {
  id: "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
  email: "ann@example.com",
  name: "Ann",
  created_at: "2026-05-04T08:15:30.123Z",
  updated_at: "2026-05-04T08:15:30.123Z",
};

const accountExport = z
  .object({ exported_at: z.iso.datetime(), profile, sessions: z.array(session), ...page.shape })
  .register(descriptions, {
    id: "AccountExport",
    description:
      "All that the database holds of a user, or a part of it: there are more as long as `next_cursor` is not null. " +
      "Activities that are in the archive are not among them.",
  }) satisfies z.ZodType<AccountExport>;

/** Operations of `/v1/users`. */
export const userOperations = {
  "GET /v1/users/me": {
    tag: "Profile",
    id: "getProfile",
    summary: "Read the profile",
    parameters: [ifNoneMatch],
    responses: {
      200: {
        description: "The profile",
        schema: profile,
        examples: { profile: exampleProfile },
        headers: ["ETag"],
      },
      304: { description: "It has not changed", headers: ["ETag"] },
    },
    problems: ["unavailable"],
  },
  "PATCH /v1/users/me": {
    tag: "Profile",
    id: "changeProfile",
    summary: "Change the profile",
    parameters: [
      {
        name: "If-Match",
        in: "header",
        description:
          "The `ETag` of the profile that you have read. Without it, whatever there is is changed.",
        schema: z.string().optional(),
        example: `"${exampleProfile.id}.1"`,
      },
    ],
    body: { schema: profileChange, examples: { rename: { name: "Anna" } } },
    responses: {
      200: {
        description: "The profile as changed",
        schema: profile,
        examples: { renamed: { ...exampleProfile, name: "Anna", updated_at: "2026-05-06T19:02:11.004Z" } },
        headers: ["ETag"],
      },
    },
    problems: ["preconditionFailed", "unavailable"],
  },
  "DELETE /v1/users/me": {
    tag: "Profile",
    id: "deleteAccount",
    summary: "Delete the account",
    description:
      "Ends all sessions and deletes all data. Refused as soon as the session of the access token has ended.",
    responses: { 204: { description: "Account and sessions are gone" } },
    problems: ["unavailable"],
  },
  "GET /v1/users/me/export": {
    tag: "Profile",
    id: "exportAccount",
    summary: "Take all data along",
    description:
      "In parts of up to 3,000 activities. Refused as soon as the session of the access token has ended.",
    parameters: queryParameters(exportQuery, {
      cursor: { description: "`next_cursor` of the part before.", example: "eyJhZnRlciI6IjIwMjYtMDUtMDQifQ" },
    }),
    responses: {
      200: {
        description: "The data, as a file",
        schema: accountExport,
        examples: {
          "all in one": {
            exported_at: "2026-05-06T19:02:11.004Z",
            profile: exampleProfile,
            sessions: [exampleSession],
            activities: [exampleActivity],
            next_cursor: null,
          },
        },
        headers: ["Content-Disposition"],
      },
    },
    problems: ["invalidQuery", "unavailable"],
  },
} satisfies Operations;
