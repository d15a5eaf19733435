import type { RequestListener } from "node:http";

/** RFC 9112, 3.2.1: what all but a few requests name. */
const originForm = /^\/[^\s#]*$/;

/** Of no route: it encodes nothing. */
const unreadable = "/%";

/**
 * Gives the app only targets that Express can read. With any other it would answer in its own way, before the first
 * middleware: in HTML, without an id, and without a line in the log.
 */
export function normalizeRequestTarget(app: RequestListener): RequestListener {
  return (request, response) => {
    const target = request.url ?? "";
    if (!originForm.test(target)) request.url = toOriginForm(target);
    return app(request, response);
  };
}

/** The path and query of a target that names a host as well, or is otherwise out of the ordinary. */
function toOriginForm(target: string): string {
  const base = "http://localhost";
  if (!URL.canParse(target, base)) return unreadable;
  const { pathname, search } = new URL(target, base);
  return originForm.test(pathname) ? pathname + search : unreadable;
}
