import { z } from "zod";
import type { Parameter } from "./operation.ts";

export const ifNoneMatch: Parameter = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of what you have; if that is still so, the answer is 304 and has no body.",
  schema: z.string().optional(),
  example: '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"',
};
