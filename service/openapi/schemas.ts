import * as z from "zod";
import type { Day } from "../deprecations.ts";

/** The description of a schema for the document. */
export interface SchemaDescription {
  /** Name of a component, to which others refer. @default the schema is inlined where it is used */
  id?: string;
  description?: string;
  format?: string;
  maxLength?: number;
  minProperties?: number;
  /** Whether the member will be removed, from the day in `x-sunset` on. @default it stays */
  deprecated?: true;
  "x-sunset"?: Day;
}

/**
 * Descriptions of schemas, separate from them, so that validating a request loads no descriptions.
 *
 * A rule that only code can check, such as a password's length, is described in words only. So the document never rejects a value
 * that the service accepts.
 */
export const descriptions = z.registry<SchemaDescription>();

/** A component, by reference. */
const schemaReference = (id: string): { $ref: string } => ({ $ref: `#/components/schemas/${id}` });

/** All schemas with an id, by id. */
export function componentSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(descriptions, { ...options, uri: (id) => schemaReference(id).$ref });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

/** A schema by reference if it has an id, or else inlined. */
export function toSchema(schema: z.ZodType): object {
  const id = descriptions.get(schema)?.id;
  if (id) return schemaReference(id);
  const { $schema, ...plain } = z.toJSONSchema(schema, options);
  return plain;
}

const options = {
  // As it is sent, before it is trimmed or defaults are added. Apps that are older than the service read the responses: they must
  // tolerate unknown members.
  io: "input",
  metadata: descriptions,
  override: ({ zodSchema, jsonSchema }) => {
    // The format is enough; zod's own pattern would hide it from readers.
    if (jsonSchema.format && zodSchema._zod.def.type === "string") delete jsonSchema.pattern;
    // Every safe integer is within them.
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
} satisfies z.core.ToJSONSchemaParams;
