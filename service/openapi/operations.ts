import { z } from "zod";
import type { Operation } from "./operation.ts";

/** What `/openapi.json` answers. */
export const documentOperations: Operation[] = [
  {
    method: "get",
    path: "/openapi.json",
    id: "getDocument",
    tag: "Service",
    summary: "This document",
    needs: "nothing",
    parameters: [
      {
        name: "If-None-Match",
        in: "header",
        description: "The `ETag` of the document that you have.",
        schema: z.string().optional(),
        example: '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"',
      },
    ],
    answers: {
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
];
