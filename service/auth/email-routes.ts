import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { problems } from "../platform/problems.ts";
import { keyedRoutes, type ServedRoutes } from "../platform/routing.ts";
import { getSession, readUser, tokenRoutes } from "./authenticate.ts";
import { confirmEmail } from "./email-confirmation.ts";
import { createLinkMail, mailLink, notify, queueMail, uncountIfFailed } from "./link-mails.ts";
import { isPassword } from "./password-attempt.ts";
import { emailChange, emailConfirmation } from "./schemas.ts";

/** `/v1/auth/email`: confirms the address of an account, and changes it. */
export async function emailRoutes(dependencies: ServiceDependencies, clock: Clock): Promise<ServedRoutes<"api key">> {
  const confirmation = keyedRoutes({
    "POST /v1/auth/email/confirm": withBody(emailConfirmation, async ({ token }, request, response) => {
      await confirmEmail(dependencies, clock, request, response, token);
      response.status(204).end();
    }),
  });

  const { groups } = await tokenRoutes(dependencies, clock, {
    "open session": {
      "POST /v1/auth/email/verification": async (request, response) => {
        const { userId } = getSession(request);
        const limits = await dependencies.limits();
        await uncountIfFailed(await limits.requestVerification(response, userId), async () => {
          const user = await readUser(dependencies, userId);
          if (user.emailVerifiedAt === undefined) await mailLink(dependencies, "email-verification", user.email, user);
        });
        response.status(202).end();
      },
      "PUT /v1/auth/email": withBody(emailChange, async ({ new_email, current_password }, request, response) => {
        const user = await readUser(dependencies, getSession(request).userId);
        if (!(await isPassword(dependencies, response, user, current_password))) throw problems.wrongPassword();
        const [users, limits] = await Promise.all([dependencies.users(), dependencies.limits()]);
        const finding = users.findByEmail(new_email);
        // If counting fails, nothing else waits for it.
        finding.catch(() => {});
        await uncountIfFailed(await limits.changeEmail(response, user._id), async () => {
          const holder = await finding;
          // The response is the same for an address that has an account: it tells no one who has one.
          const mail = await createLinkMail(dependencies, "email-change", new_email, holder ? undefined : user);
          dependencies.events.record("email_change_requested", user._id);
          await Promise.all([
            queueMail(dependencies, "email-change", new_email, mail),
            notify(dependencies, user, "email-change-requested"),
          ]);
        });
        response.status(202).end();
      }),
    },
  });
  return { groups: [...confirmation.groups, ...groups] };
}
