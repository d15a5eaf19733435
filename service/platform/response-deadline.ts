import type { Request, RequestHandler, Response } from "express";
import { RequestDeadline, runUntil } from "./deadline.ts";
import { sendProblem, toProblem } from "./error-handler.ts";
import { getRequestContext } from "./request-context.ts";

/**
 * Gives each request a deadline. When it passes, whatever the request waits for fails, and the error handler responds with 503. If the
 * handler does not react, this middleware responds for it.
 *
 * A response whose headers are sent continues: its client already has the status. The API sends each response in one piece.
 *
 * @param milliseconds the time for the current request
 */
export function responseDeadline(milliseconds: () => number): RequestHandler {
  return (request, response, next) => {
    const deadline = new RequestDeadline(milliseconds(), (error) => {
      // A client that still sends its body waits for nothing. Whatever then needs a dependency fails.
      if (response.headersSent || response.destroyed || !request.complete) return;
      sendProblem(toProblem(error), request, response);
      abandon(request, response);
    });
    getRequestContext(request).deadline = deadline;
    runUntil(deadline, next);
  };
}

/** Whatever an abandoned handler does to its response has no effect: an error would close a connection that others may use. */
function abandon(request: Request, response: Response): void {
  getRequestContext(request).isAbandoned = true;
  const ignore = () => response;
  const { statusCode } = response;
  Object.defineProperty(response, "statusCode", { get: () => statusCode, set: ignore });
  for (const method of ["setHeader", "appendHeader", "removeHeader", "writeHead", "write", "end"] as const) {
    Object.defineProperty(response, method, { value: ignore });
  }
}
