import { createHash } from "node:crypto";
import { productName } from "../company.ts";

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

/** The script that {@link localDocsPage} loads. It receives the API key in its `data-api-key`. */
export const fillInFile = "fill-in.js";

/** The page on which developers read and try the API. Keys and tokens that a developer enters are lost with the page. */
export const docsPage = (): Page => render(publicFiles, `${publicFiles}/`);

/**
 * The same on a developer's machine, where nothing comes from elsewhere, and keys and tokens are filled in.
 *
 * @param files path with the files of Swagger UI, and with the script
 */
export const localDocsPage = (files: string, apiKey: string): Page =>
  render(files, "'self'", `<script src="${files}/${fillInFile}" data-api-key="${escapeAttribute(apiKey)}"></script>\n`);

/**
 * The browser runs an external script only if it is, byte for byte, the tested one.
 *
 * @param files URL of the folder with Swagger UI's files
 * @param from their source in the content security policy
 */
function render(files: string, from: string, fillIn = ""): Page {
  const { script, style } = swaggerUi;
  return {
    html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${productName} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${files}/${style.file}" integrity="${style.integrity}" crossorigin>
<style>${styles}</style>
<div id="api"></div>
<script src="${files}/${script.file}" integrity="${script.integrity}" crossorigin></script>
${fillIn}<script>${start}</script>
</html>
`,
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src ${from} '${sha256(start)}'`,
      `style-src ${from} '${sha256(styles)}'`,
      "img-src data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join(";"),
  };
}

const styles = `
body { margin: 0; }
.swagger-ui .body-param__text { field-sizing: content; max-height: 60vh; min-height: 0; }
.swagger-ui .opblock-body { overflow-x: auto; }
/* Of these, Swagger UI's dark colours are too dark. */
.dark-mode .swagger-ui :is(.header-col, .response .btn, .examples-select__section-label) { color: #e4e6e6; }
html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { color: #ff8080; }
/* No response has links. */
.swagger-ui .response-col_links { display: none; }
`;

/** `fillIn` has the options of the script that fills in; a page without it has none. */
const start = `
const dark = matchMedia("(prefers-color-scheme: dark)");
const setColours = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", setColours);
setColours();

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  requestSnippets: { generators: { fetch: { title: "JavaScript", syntax: "javascript" } } },
  syntaxHighlight: { theme: "obsidian" },
  validatorUrl: "none",
  defaultModelsExpandDepth: 0,
  plugins: [
    ({ React }) => ({
      fn: {
        requestSnippetGenerator_fetch(request) {
          const { url, method, headers, body } = request.toJS();
          const options = JSON.stringify({ method, headers, body }, undefined, 2);
          return "const response = await fetch(" + JSON.stringify(url) + ", " + options + ");";
        },
      },
      wrapComponents: {
        // An operation has up to a dozen problems: with all their examples it is ten screens high, and slow.
        response: (Response) =>
          function FoldedResponse(props) {
            const [isOpen, setOpen] = React.useState(props.code.startsWith("2"));
            if (isOpen) return React.createElement(Response, props);
            const open = { className: "btn", type: "button", "aria-expanded": false, onClick: () => setOpen(true) };
            return React.createElement(
              "tr",
              { className: "response" },
              React.createElement("td", { className: "response-col_status" }, props.code),
              React.createElement(
                "td",
                { className: "response-col_description", colSpan: 2 },
                React.createElement("button", open, props.response.get("description")),
              ),
            );
          },
      },
    }),
  ],
  // One session before all others: afterwards there would be none to end.
  operationsSorter: (a, b) =>
    a.get("method") === "delete" && b.get("method") === "delete" ? b.get("path").length - a.get("path").length : 0,
  ...globalThis.fillIn,
});
`;

const escapeAttribute = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

const sha256 = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
