import * as z from "zod";
import { recordableDays } from "../contract.ts";
import { exampleDays } from "../openapi/example-days.ts";
import type { Operations, Parameter } from "../openapi/operation.ts";
import { preconditions, withEtag } from "../openapi/parameters.ts";
import { queryParameters } from "../openapi/query-parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import { activity, batchResults, exampleActivity, exampleResults, kinds, page, summary } from "./response-schemas.ts";
import { activityChange, activityId, listQuery, maxBatch, maxPage, newActivity, summaryQuery } from "./schemas.ts";

activityId.register(descriptions, { description: "A UUID that the app creates.", format: "uuid" });
newActivity.shape.kind.register(descriptions, { description: "The `id` of one of `/v1/activity-kinds`." });
newActivity.shape.quantity.register(descriptions, {
  description: "In the unit of the kind, at least 0.001; rounded to thousandths.",
});
newActivity.shape.occurred_at.register(descriptions, {
  description: `RFC 3339 with a zone, at most ${recordableDays} days ago and one day ahead.`,
  format: "date-time",
});
newActivity.shape.note.register(descriptions, { description: "At most 200 characters." });
newActivity.register(descriptions, { id: "NewActivity" });
activityChange.register(descriptions, { id: "ActivityChange", minProperties: 1 });

const time = z.iso.datetime({ offset: true }).optional();

/** The service validates the items one by one; this describes all of them. */
const batch = z
  .strictObject({ activities: z.array(newActivity).min(1).max(maxBatch) })
  .register(descriptions, { id: "ActivityBatch" });

const id: Parameter = {
  name: "id",
  in: "path",
  description: "The activity's id.",
  schema: z.string(),
  example: exampleActivity.id,
};

const { id: _, co2e_grams, kinds_version, created_at, updated_at, ...content } = exampleActivity;
const exampleMonth = exampleDays.first.slice(0, 7);

/** Operations of `/v1/activities` and `/v1/activity-kinds`. */
export const activityOperations = {
  "POST /v1/activities": {
    tag: "Activities",
    id: "recordActivities",
    summary: "Record a batch of activities",
    description:
      "Each activity is created, exists already, is refused, or has a kind or a member that only another version of the service " +
      "knows: keep that one, and send it again later. None of them affects the others. Send a batch again until you get a " +
      "response: no activity is stored twice.",
    body: {
      schema: batch,
      examples: {
        "one activity": { activities: [{ id: exampleActivity.id, ...content }] },
        "two activities": {
          activities: [
            { id: exampleActivity.id, ...content },
            { id: "5c0f1a5e-3c0e-4d0f-8a53-3a3c2f6f7e21", ...content, note: null, kind: "walk", quantity: 1.5 },
          ],
        },
      },
    },
    responses: {
      200: {
        description: "A result for each activity",
        schema: batchResults,
        examples: { "one of each": exampleResults },
      },
    },
    problems: ["unknownMember", "unavailable"],
    idempotent: true,
  },
  "GET /v1/activities": {
    tag: "Activities",
    id: "listActivities",
    summary: "List activities, page by page",
    description: "The newest first. No activity is repeated or missing, whatever is recorded in between.",
    parameters: queryParameters(listQuery, {
      limit: {
        description: "Activities on a page.",
        example: 20,
        schema: z.int().min(1).max(maxPage).default(listQuery.shape.limit.parse(undefined)),
      },
      cursor: {
        description: "`next_cursor` of the previous page, with the same filters.",
        example: "eyJhZnRlciI6IjIwMjYtMDUtMDQifQ",
      },
      kind: { description: "Only of this kind.", example: "bike_trip" },
      from: { description: "Only from this time on.", example: `${exampleDays.first}T00:00:00Z`, schema: time },
      to: { description: "Only before this time.", example: `${exampleDays.last}T00:00:00+02:00`, schema: time },
    }),
    responses: {
      200: {
        description: "A page",
        schema: page,
        examples: { "the last page": { activities: [exampleActivity], next_cursor: null } },
      },
    },
    problems: ["invalidQuery", "unavailable"],
  },
  "GET /v1/activities/summary": {
    tag: "Activities",
    id: "summarizeActivities",
    summary: "Sum up a month",
    parameters: queryParameters(summaryQuery, { month: { description: "A month of UTC.", example: exampleMonth } }),
    responses: {
      200: {
        description: "Sums by kind and by day",
        schema: summary,
        examples: {
          "one activity": {
            month: exampleMonth,
            count: 1,
            co2e_grams: 714,
            by_kind: [{ kind: "bike_trip", count: 1, quantity: 4.2, co2e_grams: 714 }],
            by_day: [{ day: exampleDays.first, count: 1, co2e_grams: 714 }],
          },
        },
      },
    },
    problems: ["invalidQuery", "unavailable"],
  },
  "GET /v1/activities/{id}": {
    tag: "Activities",
    id: "getActivity",
    summary: "Read an activity",
    ...withEtag({ description: "The activity", schema: activity, examples: { activity: exampleActivity } }, [id]),
    problems: ["activityNotFound", "unavailable"],
  },
  "PATCH /v1/activities/{id}": {
    tag: "Activities",
    id: "changeActivity",
    summary: "Change an activity",
    description: "Emissions are recomputed when kind or quantity change.",
    parameters: [
      id,
      ...preconditions.map((parameter) =>
        parameter.name === "If-Match"
          ? {
              ...parameter,
              description: "The `ETag` of the activity that you have read.",
              schema: z.string(),
              example: '"1-1"',
            }
          : parameter,
      ),
    ],
    body: { schema: activityChange, examples: { "more kilometres": { quantity: 5 }, "no note": { note: null } } },
    responses: {
      200: {
        description: "The changed activity",
        schema: activity,
        examples: {
          changed: {
            ...exampleActivity,
            quantity: 5,
            co2e_grams: 850,
            updated_at: `${exampleDays.first}T09:00:00.000Z`,
          },
        },
        headers: ["ETag"],
      },
    },
    problems: ["activityNotFound", "unknownKind", "preconditionRequired", "unavailable"],
  },
  "DELETE /v1/activities/{id}": {
    tag: "Activities",
    id: "deleteActivity",
    summary: "Delete an activity",
    description:
      "Without `If-Match`, any version is deleted. An activity that is deleted already is a 404, also with `If-Match`.",
    parameters: [id, ...preconditions],
    responses: { 204: { description: "The activity is permanently deleted" } },
    problems: ["activityNotFound", "unavailable"],
  },
  "GET /v1/activity-kinds": {
    id: "listActivityKinds",
    tag: "Activities",
    summary: "List the kinds of activities and the emissions that each avoids",
    ...withEtag({
      description: "The table of kinds",
      schema: kinds,
      examples: {
        "one kind": {
          version: 1,
          kinds: [
            {
              id: "bus_trip",
              unit: "km",
              co2e_grams_per_unit: 73,
              baseline: "one person in a petrol car, 170 g; the bus 97 g",
              source: "https://ourworldindata.org/travel-carbon-footprint",
            },
          ],
        },
      },
    }),
    problems: [],
  },
} satisfies Operations;
