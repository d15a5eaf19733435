import type { ZodError, ZodType } from "zod";
import { type FieldError, problems } from "./problems.ts";

/**
 * Validates a parsed body.
 * @throws the problem `invalid-body`, which names the members at fault
 */
export function validateBody<T>(schema: ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw problems.invalidBody(toFieldErrors(result.error));
}

/**
 * The faults of a value, member by member.
 * @param parent pointer to the value; @default it is the whole body
 */
export function toFieldErrors(error: ZodError, parent = ""): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const pointer = parent + issue.path.map((part) => `/${escapePointer(String(part))}`).join("");
    return issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail: "is not known here" }))
      : [{ pointer, detail: issue.message }];
  });
}

/** RFC 6901; truncated, so that a response never echoes more than a name. */
const escapePointer = (part: string) => part.slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1");
