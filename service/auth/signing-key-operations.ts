import * as z from "zod";
import type { Operations } from "../openapi/operation.ts";
import { withEtag } from "../openapi/parameters.ts";
import { descriptions } from "../openapi/schemas.ts";

const keySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal("RSA"),
        use: z.literal("sig"),
        alg: z.literal("RS256"),
        kid: z.string(),
        n: z.string(),
        e: z.string(),
      }),
    ),
  })
  .register(descriptions, { id: "KeySet", description: "A JWK Set (RFC 7517)." });

/** Operations of `/.well-known`. */
export const signingKeyOperations = {
  "GET /.well-known/jwks.json": {
    id: "getSigningKeys",
    tag: "Service",
    summary: "Read the public keys of access tokens",
    ...withEtag({
      description: "The current, previous and next signing keys",
      schema: keySet,
      examples: {
        "one key": {
          keys: [
            {
              kty: "RSA",
              use: "sig",
              alg: "RS256",
              kid: "mJ1h0oX5Kq3s8bT2vN7cYw",
              n: "ALQ3x1YxkTB6h3lZ2fUO3ZQuY0mLrQvOXWc1cJ0fHn8",
              e: "AQAB",
            },
          ],
        },
      },
    }),
    problems: ["unavailable"],
  },
} satisfies Operations;
