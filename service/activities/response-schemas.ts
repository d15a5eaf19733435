import * as z from "zod";
import { exampleDays } from "../openapi/example-days.ts";
import { descriptions } from "../openapi/schemas.ts";
import { type FieldError, type Problem, problems } from "../platform/problems.ts";

const co2eGrams = z.number().register(descriptions, { description: "Grams of CO2 equivalents avoided." });

/** An activity as its user sees it. Times are UTC. */
export const activity = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    quantity: z.number().register(descriptions, { description: "In the unit of the kind." }),
    occurred_at: z.iso.datetime(),
    note: z.string().nullable(),
    co2e_grams: co2eGrams,
    kinds_version: z
      .int()
      .register(descriptions, { description: "Version of the table of kinds that it was computed with." }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .register(descriptions, { id: "Activity" });

export type ActivityBody = z.infer<typeof activity>;

const itemProblem = z
  .object({
    type: z.url(),
    title: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .register(descriptions, { id: "ItemProblem", description: "The problem with one item, as in a response." });

/** The results of a batch, item by item. */
export const batchResults = z
  .object({
    results: z.array(
      z.union([
        z.object({ id: z.uuid(), status: z.literal("created"), activity }),
        z.object({ id: z.uuid(), status: z.literal("exists"), activity }),
        z.object({ id: z.uuid(), status: z.enum(["unknown-kind", "unknown-member"]), problem: itemProblem }),
        z.object({ id: z.uuid().nullable(), status: z.literal("refused"), problem: itemProblem }),
      ]),
    ),
  })
  .register(descriptions, { id: "BatchResults", description: "One for each item, in the same order." });

/** The result of one item of a batch. An activity that `exists` may have another content than the item. */
export type BatchResult = z.infer<typeof batchResults>["results"][number];

/** The result of an item that is not stored. */
export const toResult = <Id, Status>(id: Id, status: Status, { type, title, detail, errors }: Problem) => ({
  id,
  status,
  problem: { type, title, detail, ...(errors && { errors: errors as FieldError[] }) },
});

export const page = z
  .object({
    activities: z.array(activity),
    next_cursor: z
      .string()
      .nullable()
      .register(descriptions, { description: "Gets the next page as `cursor`; null on the last." }),
  })
  .register(descriptions, { id: "ActivityPage", description: "The newest first." });

export type Page = z.infer<typeof page>;

export const summary = z
  .object({
    month: z.string(),
    count: z.int(),
    co2e_grams: co2eGrams,
    by_kind: z.array(z.object({ kind: z.string(), count: z.int(), quantity: z.number(), co2e_grams: co2eGrams })),
    // Without quantities: units of different kinds cannot be added.
    by_day: z.array(z.object({ day: z.iso.date(), count: z.int(), co2e_grams: co2eGrams })),
  })
  .register(descriptions, { id: "Summary", description: "Sums over a month of UTC." });

export type Summary = z.infer<typeof summary>;

export const kinds = z
  .object({
    version: z.int(),
    kinds: z.array(
      z.object({
        id: z.string(),
        unit: z.string().register(descriptions, { description: "Unit of the quantity." }),
        co2e_grams_per_unit: z.number(),
        baseline: z.string().register(descriptions, { description: "The alternative that it is compared to." }),
        source: z.url().register(descriptions, { description: "Where the figures are published." }),
      }),
    ),
  })
  .register(descriptions, { id: "ActivityKinds", description: "A kind is never removed." });

export const exampleActivity: ActivityBody = {
  id: "0b0e5d2c-7a66-4b60-9f59-0d6d2b1f0c11",
  kind: "bike_trip",
  quantity: 4.2,
  occurred_at: `${exampleDays.first}T06:30:00.000Z`,
  note: "to work",
  co2e_grams: 714,
  kinds_version: 1,
  created_at: `${exampleDays.first}T08:15:30.123Z`,
  updated_at: `${exampleDays.first}T08:15:30.123Z`,
};

export const exampleResults: { results: BatchResult[] } = {
  results: [
    { id: exampleActivity.id, status: "created", activity: exampleActivity },
    toResult(
      null,
      "refused",
      problems.invalidActivity([{ pointer: "/activities/1/quantity", detail: "must be a number" }]),
    ),
    toResult("5c0f1a5e-3c0e-4d0f-8a53-3a3c2f6f7e21", "refused", problems.activityDeleted()),
    toResult("f3c1a9d0-52b7-4c58-9a7e-1d0c6e4b8a35", "unknown-kind", problems.unknownKind("/activities/3/kind")),
    toResult(
      "8e2d4b1c-6f0a-4c7b-b3d9-2a5e7f9c1d46",
      "unknown-member",
      problems.unknownMember([{ pointer: "/activities/4/mood", detail: "is not known here" }]),
    ),
  ],
};
