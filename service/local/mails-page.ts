import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { productName } from "../company.ts";
import { escapeHtml, toStaticPagePolicy } from "../platform/html.ts";
import { type KeptMail, readMails } from "./mail-file.ts";

/** The page with the newest mails. */
export const mailsRoute = "/mails";

/** The same for programs, such as the script of `/docs`: a list of {@link KeptMail}. */
export const mailsJsonRoute = "/mails.json";

/**
 * Answers requests for the mails that were kept as files, and passes all others on. Only the local server has these routes.
 * @param folder with the files
 */
export const withMailsPage =
  (folder: string, listener: RequestListener): RequestListener =>
  (request, response) => {
    const path = request.url!.split("?", 1)[0]!;
    if (path !== mailsRoute && path !== mailsJsonRoute) return listener(request, response);
    return respond(request, response, folder, path === mailsJsonRoute).catch((error: Error) =>
      response.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" }).end(`${error.message}\n`),
    );
  };

async function respond(
  { method }: IncomingMessage,
  response: ServerResponse,
  folder: string,
  isJson: boolean,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return void response.writeHead(405, { Allow: "GET, HEAD" }).end();
  const mails = await readMails(folder);
  response.writeHead(200, {
    "Content-Type": isJson ? "application/json" : "text/html; charset=utf-8",
    "Content-Security-Policy": contentSecurityPolicy,
    "Cache-Control": "no-store",
    // The links contain tokens.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(isJson ? JSON.stringify(mails) : renderPage(mails, folder));
}

const styles = `
:root { color-scheme: light dark; }
html { background: Canvas; }
body { max-width: 44rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
article { margin: 1.5rem 0; padding: 0 1rem 1rem; border: 1px solid GrayText; border-radius: 0.5rem; }
h1 { font-size: 1.5rem; }
h2 { margin: 0.75rem 0 0; font-size: 1.1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0.75rem 0 0; }
p { overflow-wrap: anywhere; margin: 0.25rem 0; }
`;

const contentSecurityPolicy = toStaticPagePolicy(styles, "'none'");

const renderPage = (mails: readonly KeptMail[], folder: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails of ${productName} on this machine</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
</head>
<body>
<main>
<h1>Mails on this machine</h1>
<p>The local server sends no mail. It keeps the newest in <code>${escapeHtml(folder)}</code>. Reload this page to see new ones.</p>
${mails.length > 0 ? mails.map(renderMail).join("\n") : "<p>There is no mail yet. Register an account, or request a new password.</p>"}
</main>
</body>
</html>
`;

const renderMail = ({ kind, to, subject, queuedAt, text, link }: KeptMail): string => `<article>
<h2>${escapeHtml(subject)}</h2>
<p>To ${escapeHtml(to)}, <code>${escapeHtml(kind)}</code>, <time datetime="${queuedAt}">${queuedAt.slice(0, 19).replace("T", " ")} UTC</time></p>
<pre>${linkify(escapeHtml(text), link)}</pre>
</article>`;

function linkify(text: string, link: string | undefined): string {
  if (link === undefined) return text;
  const href = escapeHtml(link);
  return text.replace(href, () => `<a href="${href}">${href}</a>`);
}
