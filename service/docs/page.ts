import { createHash } from "node:crypto";

/** Swagger UI in the version that is installed for development. A test compares version and checksums to its files. */
export const swaggerUi = {
  version: "5.35.0",
  script: {
    file: "swagger-ui-bundle.js",
    integrity: "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9",
  },
  style: {
    file: "swagger-ui.css",
    integrity: "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I",
  },
} as const;

/** A CDN that serves the files of npm packages unchanged. */
export const publicFiles = `https://cdn.jsdelivr.net/npm/swagger-ui-dist@${swaggerUi.version}`;

/** A page and its content security policy. */
export interface Page {
  html: string;
  contentSecurityPolicy: string;
}

/**
 * The page on which developers read and try the API. The browser runs an external script only if it is, byte for byte, the tested
 * one.
 *
 * @param files URL of the folder with Swagger UI's files
 */
export function docsPage(files: string): Page {
  const { script, style } = swaggerUi;
  const from = files.startsWith("/") ? "'self'" : `${files}/`;
  return {
    html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ecobeat API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${files}/${style.file}" integrity="${style.integrity}" crossorigin>
<div id="api"></div>
<script src="${files}/${script.file}" integrity="${script.integrity}" crossorigin></script>
<script>${start}</script>
</html>
`,
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src ${from} '${sha256(start)}'`,
      `style-src ${from}`,
      "img-src data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join(";"),
  };
}

/** Keys and tokens that a developer enters are lost with the page. */
const start = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: "none",
});`;

const sha256 = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
