import type { ZodType } from "zod";
import type { problems } from "../platform/problems.ts";
import type { RouteName } from "../routes.ts";
import type { HeaderName } from "./headers.ts";

/** Names a problem of the catalogue. */
export type ProblemName = keyof typeof problems;

/** What the OpenAPI document says of some routes. Each capability describes its own beside their handlers. */
export type Operations = { readonly [Name in RouteName]?: Operation };

/** What the OpenAPI document says of a route. */
export interface Operation {
  /** Names the operation in generated clients, in camel case. */
  id: string;
  /** Heading under which a reader finds it. */
  tag: string;
  /** What it does, in a few words. */
  summary: string;
  /** @default the summary says it all */
  description?: string;
  /** @default none */
  parameters?: readonly Parameter[];
  /** @default none is read */
  body?: { schema: ZodType; examples: Record<string, unknown> };
  /** Responses that are no problem, by their status. */
  responses: Record<number, OperationResponse>;
  /** Problems beyond those that its security and a body bring with them. */
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
}

/** A response other than a problem. */
export interface OperationResponse {
  description: string;
  /** @default no body */
  schema?: ZodType;
  /** Bodies, by a name. */
  examples?: Record<string, unknown>;
  /** Headers beside those of every response; these are always there. @default none */
  headers?: readonly HeaderName[];
}
