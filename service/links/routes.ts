import { type Request, type RequestHandler, type Response, Router } from "express";
import { confirmEmail } from "../auth/email-confirmation.ts";
import { completePasswordReset } from "../auth/password-reset.ts";
import { passwordReset } from "../auth/schemas.ts";
import { type LinkAction, linkActions } from "../contract.ts";
import type { ServiceDependencies } from "../dependencies.ts";
import { validateBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { onlyMethods } from "../platform/routing.ts";
import { type Form, formBody, parseForm } from "./form.ts";
import { sendPage } from "./page.ts";
import { donePage, failedFormPage, fields, formPage, incompletePage, problemPage } from "./pages.ts";

/** Does what a form asks for. Throws a problem. */
type Complete = (form: Form, token: string, request: Request, response: Response) => Promise<void>;

/** What every token consists of. */
const tokenPattern = /^[\w-]{1,128}$/;

/**
 * `/links`: the pages that mails link to, for those who open them without the app. They need no API key, and no scripts.
 *
 * A GET shows a form and looks nothing up: programs that scan mails open all links in them, and must neither use a token up nor
 * learn whether it is valid. The form sends the token in its body, which no log contains.
 *
 * A form of another site is harmless, as the token is what authorizes it, and there are no cookies. `Origin` could not tell such a
 * form from ours: without a referrer, browsers send `null` (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
 */
export function linkRoutes(dependencies: ServiceDependencies, clock: Clock): Router {
  const complete: Record<LinkAction, Complete> = {
    async "reset-password"(form, token, request, response) {
      const password = form.get(fields.password) ?? "";
      const reset = validateBody(passwordReset, { token, [fields.password]: password });
      if (form.get(fields.repeated) !== password) {
        throw problems.invalidBody([{ pointer: `/${fields.repeated}`, detail: "is not the same as the first" }]);
      }
      await completePasswordReset(dependencies, clock, request, response, { token, newPassword: reset.new_password });
    },
    "confirm-email": (_form, token, request, response) => confirmEmail(dependencies, clock, request, response, token),
  };
  const router = Router({ caseSensitive: true, strict: true });
  router.use(asPages);
  for (const action of linkActions) {
    router
      .route(`/${action}`)
      .get((request, response) => {
        const token = readToken(request.query.token);
        if (token !== undefined) return sendPage(response, formPage(action, token));
        sendPage(response.status(400), incompletePage(action));
      })
      .post(formBody, async (request, response) => {
        const form = parseForm(request.body);
        const token = readToken(form.get(fields.token));
        if (token === undefined) return sendPage(response.status(400), incompletePage(action));
        const context = getRequestContext(request);
        context.sendProblemBody = (problem) => sendPage(response, failedFormPage(action, token, problem, context.id));
        await complete[action](form, token, request, response);
        sendPage(response.status(200), donePage(action));
      })
      .all(onlyMethods("GET, HEAD", "POST"));
  }
  router.use((_request, _response, next) => next(problems.routeNotFound()));
  return router;
}

/** Responds with pages to problems, also to those that other code finds, such as a deadline that passes. */
const asPages: RequestHandler = (request, _response, next) => {
  const context = getRequestContext(request);
  context.sendProblemBody = (problem, response) => sendPage(response, problemPage(problem, context.id));
  next();
};

const readToken = (given: unknown): string | undefined =>
  typeof given === "string" && tokenPattern.test(given) ? given : undefined;
