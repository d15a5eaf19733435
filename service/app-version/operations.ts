import { z } from "zod";
import type { Operations } from "../openapi/operation.ts";
import { ifNoneMatch } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import { appStores } from "./stores.ts";

const app = z
  .object({
    minimum_version: z.string().register(descriptions, {
      description: "The oldest version of the app that is served; `0.0.0` if all are.",
    }),
    stores: z.object({ ios: z.url(), android: z.url() }),
  })
  .register(descriptions, { id: "App", description: "What the app must know of itself." });

/** Operations of `/v1/app`. */
export const appOperations = {
  "GET /v1/app": {
    id: "getApp",
    tag: "Service",
    summary: "Which versions of the app are served, and where there is a newer one",
    parameters: [ifNoneMatch],
    responses: {
      200: {
        description: "The minimum version and the stores",
        schema: app,
        examples: { "all versions": { minimum_version: "0.0.0", stores: appStores } },
        headers: ["ETag"],
      },
      304: { description: "It has not changed", headers: ["ETag"] },
    },
    problems: [],
  },
} satisfies Operations;
