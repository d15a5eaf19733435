import * as z from "zod";
import type { Operations } from "../openapi/operation.ts";
import { descriptions } from "../openapi/schemas.ts";

const status = z.enum(["up", "down"]);
const dependency = z.object({
  status,
  latency_ms: z
    .number()
    .nonnegative()
    .register(descriptions, { description: "How long the dependency took to respond." }),
});
const readiness = z
  .object({ status, dependencies: z.object({ database: dependency, redis: dependency, signing_key: dependency }) })
  .register(descriptions, { id: "Readiness" });

const up = (latency_ms: number) => ({ status: "up", latency_ms });
const dependencies = { database: up(3.1), redis: up(0.8), signing_key: up(12.4) };

/** Operations of `/health`. */
export const healthOperations = {
  "GET /health/live": {
    id: "getLiveness",
    tag: "Service",
    summary: "Check whether the service runs",
    responses: {
      200: {
        description: "The service runs",
        schema: z.object({ status: z.literal("up") }).register(descriptions, { id: "Liveness" }),
        examples: { up: { status: "up" } },
      },
    },
    problems: [],
  },
  "GET /health/ready": {
    id: "getReadiness",
    tag: "Service",
    summary: "Check whether the dependencies of the service respond",
    responses: {
      200: {
        description: "All dependencies respond",
        schema: readiness,
        examples: { up: { status: "up", dependencies } },
      },
      503: {
        description: "At least one dependency does not respond",
        schema: readiness,
        examples: {
          "the database is down": {
            status: "down",
            dependencies: { ...dependencies, database: { status: "down", latency_ms: 3_500 } },
          },
        },
        headers: ["Retry-After"],
      },
    },
    problems: [],
  },
} satisfies Operations;
