import * as z from "zod";
import type { Operations } from "../openapi/operation.ts";
import { withEtag } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";
import { toAndroidAssociation, toAppleAssociation } from "./association.ts";

const components = z.array(z.looseObject({ "/": z.string() }));

const apple = z
  .object({ applinks: z.object({ details: z.array(z.object({ appIDs: z.array(z.string()), components })) }) })
  .register(descriptions, { id: "AppleAssociation", description: "Which links open the app on Apple's devices." });

const android = z
  .array(
    z.object({
      relation: z.array(z.string()),
      target: z.object({
        namespace: z.string(),
        package_name: z.string(),
        sha256_cert_fingerprints: z.array(z.string()),
      }),
      relation_extensions: z.looseObject({}),
    }),
  )
  .register(descriptions, { id: "AndroidAssociation", description: "Which app opens links on Android." });

/** Operations of the association files, which phones read to open links of mails in the app. */
export const associationOperations = {
  "GET /.well-known/apple-app-site-association": {
    id: "getAppleAssociation",
    tag: "Service",
    summary: "Read which links open the app on Apple's devices",
    ...withEtag({
      description: "The association of Apple's apps; 404 where none is configured",
      schema: apple,
      examples: { "one app": toAppleAssociation(["ABCDE12345.app.example"]) },
    }),
    problems: [],
  },
  "GET /.well-known/assetlinks.json": {
    id: "getAndroidAssociation",
    tag: "Service",
    summary: "Read which app opens links on Android",
    ...withEtag({
      description: "Digital Asset Links; 404 where no app is configured",
      schema: android,
      examples: { "one app": toAndroidAssociation([Array(32).fill("0A").join(":")]) },
    }),
    problems: [],
  },
} satisfies Operations;
