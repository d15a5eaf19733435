import type { ServerResponse } from "node:http";
import type { ErrorRequestHandler, Request, Response } from "express";
import { type DependencyName, dependencyNames } from "../contract.ts";
import { UnavailableError } from "./deadline.ts";
import type { Logger } from "./logging.ts";
import { Problem, problems, toProblemDetails } from "./problems.ts";
import { getRequestContext } from "./request-context.ts";
import { isUnavailable } from "./unavailable-errors.ts";

/** Express's and body-parser's own errors, by the `type` they carry. */
const bodyProblems: Record<string, () => Problem> = {
  "entity.parse.failed": problems.malformedJson,
  "entity.too.large": problems.bodyTooLarge,
  "charset.unsupported": problems.unsupportedMediaType,
};

/** The dependency that an error comes from, if it can be told. */
function findDependency(error: Error): DependencyName | undefined {
  if (error instanceof UnavailableError) return error.dependency;
  return error.name.startsWith("Mongo") ? dependencyNames.database : undefined;
}

/** The problem that the client gets for a thrown value. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return problems.internal(error);
  const { type, status } = error as { type?: string; status?: number };
  if (type !== undefined && bodyProblems[type]) return bodyProblems[type]();
  if (isUnavailable(error)) return problems.unavailable(error, findDependency(error));
  // A broken escape in the path, a body shorter than its `Content-Length`, a corrupt compression.
  if (status !== undefined && status >= 400 && status < 500) return problems.malformedRequest();
  return problems.internal(error);
}

/** Sends a problem. Its request id leads to the line in the log. */
export function sendProblem(problem: Problem, request: Request, response: Response): void {
  const context = getRequestContext(request);
  context.problem = problem;
  for (const [name, value] of Object.entries(problem.headers)) response.set(name, value);
  response.status(problem.status);
  if (context.sendProblemBody) {
    context.sendProblemBody(problem, response);
    return;
  }
  // Not with Express's own `json`, which adds an `ETag`.
  response.set("Content-Type", "application/problem+json");
  response.end(JSON.stringify(toProblemDetails(problem, context.id)));
}

/** The last middleware. Express recognizes an error handler by its four parameters. */
export const errorHandler: ErrorRequestHandler = (error, request, response, next) => {
  if (getRequestContext(request).isAbandoned) return;
  if (response.headersSent) return next(error);
  sendProblem(toProblem(error), request, response);
};

/** Handles what the last middleware cannot: an error after the response has begun. Express would write it to the console. */
export const endBrokenResponse =
  (log: Logger, response: ServerResponse) =>
  (cause?: unknown): void => {
    log.write("error", "request failed after its response", { request_id: response.getHeader("X-Request-Id"), cause });
    // Its client must not take it for complete.
    if (!response.writableEnded) response.destroy();
  };
