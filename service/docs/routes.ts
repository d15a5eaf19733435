import { Router } from "express";
import type { DocsConfig } from "../config.ts";
import { docsRoute } from "../contract.ts";
import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { onlyMethods } from "../platform/routing.ts";
import { docsPage, fillInFile, localDocsPage, swaggerUi } from "./page.ts";

/** `/docs`: a page on which developers read and try the API. It needs no API key. */
export function docsRoutes({ local }: DocsConfig): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const { html, contentSecurityPolicy } = local ? localDocsPage(docsRoute, local.apiKey) : docsPage();
  const tag = computeEtag(html);

  router
    .route("/")
    .get((request, response) => {
      response.set("Content-Security-Policy", contentSecurityPolicy);
      // Not with Express's own `send`, which adds an `ETag` and ignores `If-Match`.
      if (!sendNotModified(request, response, tag)) response.type("html").end(html);
    })
    .all(onlyMethods("GET", "HEAD"));

  if (local) {
    for (const { file } of [swaggerUi.script, swaggerUi.style]) {
      router.get(`/${file}`, (_request, response) => response.sendFile(file, { root: local.filesFolder }));
    }
    router.get(`/${fillInFile}`, (_request, response) => response.sendFile(local.fillInScript));
  }
  return router;
}
