import type { Request } from "express";
import type { ZodType } from "zod";
import { type ParameterError, problems } from "./problems.ts";

/**
 * Validates a parsed query.
 * @throws the problem `invalid-query`, which names the parameters at fault, including duplicates
 */
export function validateQuery<T>(schema: ZodType<T>, query: Request["query"]): T {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  throw problems.invalidQuery(
    result.error.issues.flatMap((issue): ParameterError[] => {
      if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({ parameter: truncateName(key), detail: "is not known here" }));
      }
      const parameter = String(issue.path[0]);
      return [{ parameter, detail: describeMistake(query[parameter]) ?? issue.message }];
    }),
  );
}

/** A fault of a parameter regardless of its value. */
function describeMistake(value: unknown): string | undefined {
  if (value === undefined) return "is missing";
  return Array.isArray(value) ? "is given more than once" : undefined;
}

/** So that a response never echoes more than a name. */
const truncateName = (name: string) => name.slice(0, 64);
