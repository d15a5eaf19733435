import * as z from "zod";
import { productName } from "../company.ts";
import type { Operations } from "./operation.ts";
import { withEtag } from "./parameters.ts";

/** Operations of `/openapi.json`. */
export const documentOperations = {
  "GET /openapi.json": {
    id: "getDocument",
    tag: "Service",
    summary: "Read this document",
    ...withEtag({
      description: "An OpenAPI document",
      schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
      examples: { "cut short": { openapi: "3.1.1", info: { title: `${productName} API` }, paths: {} } },
    }),
    problems: [],
  },
} satisfies Operations;
