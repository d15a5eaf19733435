import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The files of `/docs` on this machine. */
export const docsFiles = () => ({
  filesFolder: dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json"))),
  fillInScript: join(import.meta.dirname, "docs-fill-in.js"),
});
