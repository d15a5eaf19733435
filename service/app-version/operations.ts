import * as z from "zod";
import type { Operations } from "../openapi/operation.ts";
import { withEtag } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import { appStores } from "./stores.ts";

const app = z
  .object({
    minimum_version: z
      .string()
      .register(descriptions, { description: "The oldest supported version of the app; `0.0.0` if all are." }),
    stores: z.object({ ios: z.url(), android: z.url() }),
  })
  .register(descriptions, { id: "App", description: "The supported versions of the app." });

/** Operations of `/v1/app`. */
export const appOperations = {
  "GET /v1/app": {
    id: "getApp",
    tag: "Service",
    summary: "Read the minimum version of the app, and where to get a newer one",
    ...withEtag({
      description: "The minimum version and the stores",
      schema: app,
      examples: { "all versions": { minimum_version: "0.0.0", stores: appStores } },
    }),
    problems: [],
  },
} satisfies Operations;
