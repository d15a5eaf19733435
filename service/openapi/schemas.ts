import { z } from "zod";

/** What the document says of a schema beyond what it demands. */
export interface SchemaDescription {
  /** Makes it a component of this name, to which others refer. @default it is written out where it is used */
  id?: string;
  description?: string;
  format?: string;
  maxLength?: number;
  minProperties?: number;
}

/**
 * What is said of schemas, apart from them: a request that is validated pays for no words.
 *
 * A rule that only code can check, such as a password's length, is told in words alone. So the document never refuses what
 * the service would take.
 */
export const descriptions = z.registry<SchemaDescription>();

/** A component, by reference. */
const schemaReference = (id: string): { $ref: string } => ({ $ref: `#/components/schemas/${id}` });

/** All schemas that have an id, by it. */
export function componentSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(descriptions, { ...options, uri: (id) => schemaReference(id).$ref });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

/** A schema by reference if it has an id, or else written out. */
export function toSchema(schema: z.ZodType): object {
  const id = descriptions.get(schema)?.id;
  if (id) return schemaReference(id);
  const { $schema, ...plain } = z.toJSONSchema(schema, options);
  return plain;
}

const options = {
  // As it is sent, before it is trimmed or filled up. Answers are read by apps that are older than the service: they
  // must bear members that they do not know.
  io: "input",
  metadata: descriptions,
  override: ({ zodSchema, jsonSchema }) => {
    // The formats say it; zod's own expressions would be all that a reader sees.
    if (jsonSchema.format && zodSchema._zod.def.type === "string") delete jsonSchema.pattern;
    // Every whole number of JSON is below them.
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
} satisfies z.core.ToJSONSchemaParams;
