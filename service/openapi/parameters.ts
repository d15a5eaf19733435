import { z } from "zod";
import type { Parameter } from "./operation.ts";

export const appVersion: Parameter = {
  name: "X-App-Version",
  in: "header",
  description: "The app's version, as in Semantic Versioning. Without it, it is not checked.",
  schema: z.string().optional(),
  example: "1.4.2",
};

export const ifNoneMatch: Parameter = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of what you have; if that is still so, the answer is 304 and has no body.",
  schema: z.string().optional(),
  example: '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"',
};
