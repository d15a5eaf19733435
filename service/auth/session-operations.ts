import * as z from "zod";
import { exampleDays } from "../openapi/example-days.ts";
import type { Operations } from "../openapi/operation.ts";
import { preconditions, withEtag } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";

/** A session as the API shows it to its user. */
export const session = z
  .object({
    id: z.string(),
    device: z
      .string()
      .nullable()
      .register(descriptions, { description: "The app's name for the device, or null without one." }),
    country: z
      .string()
      .length(2)
      .nullable()
      .register(descriptions, {
        description: "Country of the last use (ISO 3166-1 alpha-2), or null if it is not known.",
      }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    current: z.boolean().register(descriptions, { description: "Whether this is the session of the request." }),
  })
  .register(descriptions, { id: "Session" });

export type SessionBody = z.infer<typeof session>;

const sessions = z
  .object({ sessions: z.array(session) })
  .register(descriptions, { id: "Sessions", description: "Most recently used first." });

export const exampleSession: SessionBody = {
  id: "C5jSYutC85dZzVwnR8efwQ",
  device: "Ann's phone",
  country: "IT",
  created_at: `${exampleDays.first}T08:15:30.123Z`,
  last_used_at: `${exampleDays.last}T19:02:11.004Z`,
  current: true,
};

const sessionMustBeOpen = "Refused if the session of the access token has ended.";

/** Operations of `/v1/sessions`. */
export const sessionOperations = {
  "GET /v1/sessions": {
    tag: "Sessions",
    id: "listSessions",
    summary: "List where the user is logged in",
    description: sessionMustBeOpen,
    ...withEtag({
      description: "All open sessions",
      schema: sessions,
      examples: {
        "one session": { sessions: [exampleSession] },
        "of an app that sends no device name": { sessions: [{ ...exampleSession, device: null, country: null }] },
      },
    }),
    problems: ["unavailable"],
  },
  "DELETE /v1/sessions": {
    tag: "Sessions",
    id: "endOtherSessions",
    summary: "End all other sessions",
    description: sessionMustBeOpen,
    parameters: preconditions,
    responses: { 204: { description: "All other sessions have ended" } },
    problems: ["unavailable"],
    idempotent: true,
  },
  "DELETE /v1/sessions/{id}": {
    tag: "Sessions",
    id: "endSession",
    summary: "End one session",
    description: `${sessionMustBeOpen} A single session has no \`ETag\`: only \`*\` matches it.`,
    parameters: [
      {
        name: "id",
        in: "path",
        description: "The id in the list of sessions.",
        schema: z.string(),
        example: exampleSession.id,
      },
      ...preconditions,
    ],
    responses: { 204: { description: "The session has ended" } },
    problems: ["sessionNotFound", "unavailable"],
  },
} satisfies Operations;
