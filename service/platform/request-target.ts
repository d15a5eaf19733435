import type { RequestListener } from "node:http";

/** RFC 9112, 3.2.1: the form of all but a few requests. */
const originForm = /^\/[^\s#]*$/;

/** Matches no route: an invalid escape. */
const unreadable = "/%";

/**
 * Passes only targets to the app that Express can parse. To any other, Express responds before the first middleware: in HTML,
 * without an id, and without a line in the log.
 */
export function normalizeRequestTarget(app: RequestListener): RequestListener {
  return (request, response) => {
    const target = request.url ?? "";
    if (!originForm.test(target)) request.url = toOriginForm(target);
    return app(request, response);
  };
}

/** The path and query of a target in another form, such as one that also names a host. */
function toOriginForm(target: string): string {
  const base = "http://localhost";
  if (!URL.canParse(target, base)) return unreadable;
  const { pathname, search } = new URL(target, base);
  return originForm.test(pathname) ? pathname + search : unreadable;
}
