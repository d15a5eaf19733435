import type { ZodType } from "zod";
import type { Day } from "../deprecations.ts";
import type { problems } from "../platform/problems.ts";
import type { RouteName } from "../routes.ts";
import type { HeaderName } from "./headers.ts";

/** The name of a problem in the catalogue. */
export type ProblemName = keyof typeof problems;

/** Descriptions of routes for the OpenAPI document. Each capability describes its own, next to their handlers. */
export type Operations = { readonly [Name in RouteName]?: Operation };

/** The description of a route for the OpenAPI document. */
export interface Operation {
  /** Names the operation in generated clients, in camel case. */
  id: string;
  /** Heading of the operation. */
  tag: string;
  /** What the operation does, in a few words. */
  summary: string;
  /** @default none */
  description?: string;
  /** @default none */
  parameters?: readonly Parameter[];
  /** @default none */
  body?: { schema: ZodType; examples: Record<string, unknown> };
  /** Responses other than problems, by status. */
  responses: Record<number, OperationResponse>;
  /** Problems other than those of its security level and its body. */
  problems: readonly ProblemName[];
  /** Whether a client that got no response, or a 503, may send the same request again. @default only if it is a GET */
  idempotent?: boolean;
}

/** A parameter in the path, the query or a header. */
export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  description: string;
  schema: ZodType;
  example: string | number;
  /** Whether it will be removed, from the day in `x-sunset` on. @default it stays */
  deprecated?: true;
  "x-sunset"?: Day;
}

/** A response other than a problem. */
export interface OperationResponse {
  description: string;
  /** @default no body */
  schema?: ZodType;
  /** Bodies, by name. */
  examples?: Record<string, unknown>;
  /** Headers in addition to those of every response. They are always present. @default none */
  headers?: readonly HeaderName[];
}
