import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the files of the page `/docs` are on this machine. */
export const docsFilesFolder = (): string =>
  dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
