import type { Request, Response } from "express";
import { docsRoute } from "../contract.ts";

/** `/`: redirects a browser to `/docs`, and names it to any other client. */
export function pointToDocs(request: Request, response: Response): void {
  response.vary("Accept");
  if (request.accepts(["json", "html"]) === "html") response.redirect(302, docsRoute);
  // Not with Express's own `json`, which adds an `ETag`.
  else response.type("json").end(JSON.stringify({ docs: docsRoute, openapi: "/openapi.json" }));
}
