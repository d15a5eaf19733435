import type { ZodObject, ZodRawShape, ZodType } from "zod";
import type { Parameter } from "./operation.ts";

/** The description of a query parameter. */
interface QueryParameter {
  description: string;
  example: string | number;
  /** The schema for clients, if the value is not a text to them. @default the schema that validates it */
  schema?: ZodType;
}

/** The parameters of a query, from the schema that validates it and a description of each. */
export const queryParameters = <Shape extends ZodRawShape>(
  { shape }: ZodObject<Shape>,
  words: Record<keyof Shape, QueryParameter>,
): Parameter[] =>
  Object.entries(words as Record<string, QueryParameter>).map(([name, word]) => ({
    name,
    in: "query",
    schema: shape[name] as ZodType,
    ...word,
  }));
