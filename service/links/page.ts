import type { Response } from "express";
import { productName } from "../company.ts";
import { toStaticPagePolicy } from "../platform/html.ts";

/** An HTML page. Its texts are HTML: what comes from a request must pass `escapeHtml`. */
export interface Page {
  /** Also the heading. */
  title: string;
  /** Whether it reports what the reader must correct or repeat. @default false */
  isError?: boolean;
  body: string;
}

/**
 * Sends a page with the status of the response. It runs no script, loads nothing, and sends its form to this origin alone; no other
 * page can frame it or learn its URL, which contains a token.
 */
export function sendPage(response: Response, page: Page): void {
  response.set(pageHeaders);
  // Not with Express's own `send`, which adds an `ETag`.
  response.end(render(page));
}

// A page is titled by its error first: that is all that a screen reader says of a page that was loaded again.
const render = ({ title, isError = false, body }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${isError ? "Error: " : ""}${title} - ${productName}</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
</head>
<body>
<main>
<p class="product">${productName}</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;

const styles = `
:root { color-scheme: light dark; --text: #1b1f1d; --page: #fff; --action: #0b6b3a; --onaction: #fff; --error: #b3261e; --line: #6b736f; }
@media (prefers-color-scheme: dark) {
  :root { --text: #eef1ef; --page: #141715; --action: #7ddba3; --onaction: #10251a; --error: #ffb4ab; --line: #9aa39e; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: break-word; }
.product { margin: 0; color: var(--action); font-weight: 700; }
h1 { margin: .5rem 0 1rem; font-size: 1.625rem; line-height: 1.2; }
label { display: block; margin-top: 1rem; font-weight: 600; }
.hint { margin: 0; }
.error { margin: 0; color: var(--error); font-weight: 600; }
.alert { border-left: .25rem solid var(--error); padding-left: .75rem; }
input { width: 100%; margin-top: .25rem; padding: .625rem; border: 1px solid var(--line); border-radius: .25rem; background: var(--page); color: inherit; font: inherit; }
input[aria-invalid] { border: 2px solid var(--error); }
button, .button { display: block; width: 100%; margin-top: 1.5rem; padding: .75rem 1rem; border: 2px solid var(--action); border-radius: .25rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
button { background: var(--action); color: var(--onaction); }
.button { background: var(--page); color: var(--action); }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
`;

const pageHeaders = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": toStaticPagePolicy(styles, "'self'"),
  // For browsers that do not know `frame-ancestors`.
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Robots-Tag": "noindex",
  "Cache-Control": "no-store",
};
