import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder with the files of `/docs` on this machine. */
export const docsFilesFolder = (): string =>
  dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
