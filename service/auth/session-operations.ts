import { z } from "zod";
import type { Operations } from "../openapi/operation.ts";
import { ifNoneMatch } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import type { SessionBody } from "./session-body.ts";

/** A session as the API shows it to its user. */
export const session = z
  .object({
    id: z.string(),
    device: z
      .string()
      .nullable()
      .register(descriptions, { description: "What the app called the device, or null if it did not say." }),
    country: z.string().length(2).nullable().register(descriptions, {
      description: "Country of the last use (ISO 3166-1 alpha-2), or null if it is not known.",
    }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    current: z
      .boolean()
      .register(descriptions, { description: "Whether it is the session of this request." }),
  })
  .register(descriptions, { id: "Session" }) satisfies z.ZodType<SessionBody>;

const sessions = z
  .object({ sessions: z.array(session) })
  .register(descriptions, { id: "Sessions", description: "The one used last first." });

export const exampleSession: SessionBody = {
  id: "C5jSYutC85dZzVwnR8efwQ",
  device: "Ann's phone",
  country: "IT",
  created_at: "2026-05-04T08:15:30.123Z",
  last_used_at: "2026-05-06T19:02:11.004Z",
  current: true,
};

const sessionMustBeOpen = "Refused as soon as the session of the access token has ended.";

/** Operations of `/v1/sessions`. */
export const sessionOperations = {
  "GET /v1/sessions": {
    tag: "Sessions",
    id: "listSessions",
    summary: "List where the user is logged in",
    description: sessionMustBeOpen,
    parameters: [ifNoneMatch],
    responses: {
      200: {
        description: "All open sessions",
        schema: sessions,
        examples: {
          "one session": { sessions: [exampleSession] },
          "of an app that says little": {
            sessions: [{ ...exampleSession, device: null, country: null }],
          },
        },
        headers: ["ETag"],
      },
      304: { description: "It has not changed", headers: ["ETag"] },
    },
    problems: ["unavailable"],
  },
  "DELETE /v1/sessions": {
    tag: "Sessions",
    id: "endOtherSessions",
    summary: "End all sessions but this one",
    description: sessionMustBeOpen,
    responses: { 204: { description: "All others have ended" } },
    problems: ["unavailable"],
    idempotent: true,
  },
  "DELETE /v1/sessions/{id}": {
    tag: "Sessions",
    id: "endSession",
    summary: "End one session",
    description: sessionMustBeOpen,
    parameters: [
      {
        name: "id",
        in: "path",
        description: "As in the list of sessions.",
        schema: z.string(),
        example: exampleSession.id,
      },
    ],
    responses: { 204: { description: "It has ended" } },
    problems: ["sessionNotFound", "unavailable"],
  },
} satisfies Operations;
