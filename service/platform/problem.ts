import { problemBase } from "../company.ts";
import type { DependencyName } from "../contract.ts";

/** One faulty member of a request body. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) to the member, such as `/email`. */
  pointer: string;
  detail: string;
}

/** One faulty parameter of a query. */
export interface ParameterError {
  /** Name of the parameter, such as `limit`. */
  parameter: string;
  detail: string;
}

interface ProblemOptions {
  headers?: Record<string, string>;
  errors?: FieldError[] | ParameterError[];
  /** Extension members (RFC 9457, 3.2) for the app. */
  members?: Record<string, unknown>;
  /** The internal cause. Logged, never sent. */
  cause?: unknown;
  /** The dependency that caused it. Logged, never sent. */
  dependency?: DependencyName | undefined;
}

/** An error to which the service responds with `application/problem+json`. Throw one of {@link problems}. */
export class Problem extends Error {
  /** URI that identifies the kind of problem. */
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly headers: Record<string, string>;
  readonly errors: FieldError[] | ParameterError[] | undefined;
  readonly members: Record<string, unknown> | undefined;
  readonly dependency: DependencyName | undefined;

  constructor(status: number, slug: string, title: string, detail: string, options: ProblemOptions = {}) {
    super(title, { cause: options.cause });
    this.name = "Problem";
    this.type = `${problemBase}${slug}`;
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
    this.members = options.members;
    this.dependency = options.dependency;
  }
}

/** A problem as clients get it. `instance` leads to the line in the log. */
export const toProblemDetails = (
  { type, title, status, detail, errors, members }: Problem,
  requestId: string,
): Record<string, unknown> => ({
  type,
  title,
  status,
  detail,
  instance: `urn:request:${requestId}`,
  ...(errors && { errors }),
  ...members,
});
