import { z } from "zod";
import type { Operations } from "./operation.ts";
import { ifNoneMatch } from "./parameters.ts";

/** Operations of `/openapi.json`. */
export const documentOperations = {
  "GET /openapi.json": {
    id: "getDocument",
    tag: "Service",
    summary: "This document",
    parameters: [ifNoneMatch],
    responses: {
      200: {
        description: "An OpenAPI document",
        schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
        examples: { "cut short": { openapi: "3.1.1", info: { title: "Ecobeat API" }, paths: {} } },
        headers: ["ETag"],
      },
      304: { description: "It has not changed", headers: ["ETag"] },
    },
    problems: [],
  },
} satisfies Operations;
