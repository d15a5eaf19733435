import type { ServiceDependencies } from "../dependencies.ts";
import { withBody } from "../platform/body.ts";
import type { Clock } from "../platform/clock.ts";
import { keyedRoutes } from "../platform/routing.ts";
import { completePasswordReset, requestPasswordReset } from "./password-reset.ts";
import { passwordReset, passwordResetRequest } from "./schemas.ts";

/** `/v1/auth/password-reset`: another password for users who forgot theirs. */
export function passwordResetRoutes(dependencies: ServiceDependencies, clock: Clock) {
  return keyedRoutes({
    "POST /v1/auth/password-reset": withBody(passwordResetRequest, async ({ email }, request, response) => {
      await requestPasswordReset(dependencies, request, response, email);
      response.status(202).end();
    }),
    "POST /v1/auth/password-reset/confirm": withBody(passwordReset, async (reset, request, response) => {
      const { token, new_password: newPassword } = reset;
      await completePasswordReset(dependencies, clock, request, response, { token, newPassword });
      response.status(204).end();
    }),
  });
}
