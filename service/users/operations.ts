import * as z from "zod";
import { exampleActivity, page } from "../activities/response-schemas.ts";
import { exampleSession, session } from "../auth/session-operations.ts";
import { exampleDays } from "../openapi/example-days.ts";
import type { Operations } from "../openapi/operation.ts";
import { preconditions, withEtag } from "../openapi/parameters.ts";
import { queryParameters } from "../openapi/query-parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import { displayName, email, exportQuery, profileChange } from "./schemas.ts";

email.register(descriptions, { description: "An e-mail address, at most 254 bytes in UTF-8.", maxLength: 254 });
displayName.register(descriptions, {
  description: "The name of the user: 1 to 100 characters, without control characters.",
});
profileChange.register(descriptions, { id: "ProfileChange" });

/** A user's own data as the API shows it. Members are named as in OpenID Connect, in snake case. */
export const profile = z
  .object({
    id: z.uuid(),
    email: z.string(),
    // Optional: beside a release and after a rollback, a version from before it responds, too.
    email_verified: z
      .boolean()
      .optional()
      .register(descriptions, {
        description:
          "Whether the user has confirmed the address by a link in a mail. Without it, a version of the service responds that does not " +
          "know: ask again later.",
      }),
    name: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .register(descriptions, { id: "Profile" });

export type Profile = z.infer<typeof profile>;

export const exampleProfile: Profile = {
  id: "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a",
  email: "ann@example.com",
  email_verified: true,
  name: "Ann",
  created_at: `${exampleDays.first}T08:15:30.123Z`,
  updated_at: `${exampleDays.first}T08:15:30.123Z`,
};

const accountExport = z
  .object({ exported_at: z.iso.datetime(), profile, sessions: z.array(session), ...page.shape })
  .register(descriptions, {
    id: "AccountExport",
    description:
      "All data of a user in the database, or a part of it: more parts follow as long as `next_cursor` is not null. " +
      "Activities in the archive are not included.",
  });

export type AccountExport = z.infer<typeof accountExport>;

/** Operations of `/v1/users`. */
export const userOperations = {
  "GET /v1/users/me": {
    tag: "Profile",
    id: "getProfile",
    summary: "Read the profile",
    ...withEtag({ description: "The profile", schema: profile, examples: { profile: exampleProfile } }),
    problems: ["unavailable"],
  },
  "PATCH /v1/users/me": {
    tag: "Profile",
    id: "changeProfile",
    summary: "Change the profile",
    description: "Without `If-Match`, any version is changed.",
    parameters: preconditions,
    body: { schema: profileChange, examples: { rename: { name: "Anna" } } },
    responses: {
      200: {
        description: "The changed profile",
        schema: profile,
        examples: { renamed: { ...exampleProfile, name: "Anna", updated_at: `${exampleDays.last}T19:02:11.004Z` } },
        headers: ["ETag"],
      },
    },
    problems: ["unavailable"],
  },
  "DELETE /v1/users/me": {
    tag: "Account",
    id: "deleteAccount",
    summary: "Delete the account",
    description: "Ends all sessions and deletes all data. Refused if the session of the access token has ended.",
    parameters: preconditions,
    responses: { 204: { description: "The account and its sessions are deleted" } },
    problems: ["unavailable"],
  },
  "GET /v1/users/me/export": {
    tag: "Profile",
    id: "exportAccount",
    summary: "Export all data",
    description:
      "In parts of up to 3,000 activities. Refused if the session of the access token has ended, or the e-mail address is not confirmed.",
    parameters: queryParameters(exportQuery, {
      cursor: { description: "`next_cursor` of the previous part.", example: "eyJhZnRlciI6IjIwMjYtMDUtMDQifQ" },
    }),
    responses: {
      200: {
        description: "The data, as a file",
        schema: accountExport,
        examples: {
          "all in one": {
            exported_at: `${exampleDays.last}T19:02:11.004Z`,
            profile: exampleProfile,
            sessions: [exampleSession],
            activities: [exampleActivity],
            next_cursor: null,
          },
        },
        headers: ["Content-Disposition"],
      },
    },
    problems: ["invalidQuery", "emailNotVerified", "unavailable"],
  },
} satisfies Operations;
