import * as z from "zod";
import { limitHeaders } from "../openapi/headers.ts";
import type { Operations } from "../openapi/operation.ts";
import { descriptions } from "../openapi/schemas.ts";
import { exampleProfile, profile } from "../users/operations.ts";
import {
  credentials,
  device,
  emailChange,
  emailConfirmation,
  passwordChange,
  passwordReset,
  passwordResetRequest,
  refreshRequest,
  registration,
} from "./schemas.ts";

device.register(descriptions, { description: "The user's name for the device, for the list of sessions." });
registration.register(descriptions, { id: "Registration" });
registration.shape.password.register(descriptions, {
  description:
    "At least 8 characters, at most 256 bytes in UTF-8, without control characters. Not a common password, and not little more " +
    "than words of the user's name or e-mail address.",
});
credentials.register(descriptions, { id: "Credentials" });
passwordChange.register(descriptions, { id: "PasswordChange" });
passwordResetRequest.register(descriptions, { id: "PasswordResetRequest" });
passwordReset.register(descriptions, { id: "PasswordReset" });
passwordReset.shape.token.register(descriptions, { description: "The `token` of the link in the mail." });
emailConfirmation.register(descriptions, { id: "EmailConfirmation" });
emailChange.register(descriptions, { id: "EmailChange" });
refreshRequest.register(descriptions, { id: "RefreshRequest" });

/** The response of a token endpoint, with the names of RFC 6749, 5.1. */
const tokens = z
  .object({
    access_token: z
      .string()
      .register(descriptions, { description: "A JWT. Send it as `Authorization: Bearer <token>`." }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().positive().register(descriptions, { description: "Lifetime of the access token in seconds." }),
    refresh_token: z
      .string()
      .register(descriptions, { description: "Valid for one refresh. Store it before you use the access token." }),
  })
  .register(descriptions, { id: "Tokens" });

export type TokenResponse = z.infer<typeof tokens>;

const registered = z
  .object({ user: profile, ...tokens.shape })
  .register(descriptions, { id: "Registered", description: "The new user and the tokens of the first session." });

const exampleTokens: TokenResponse = {
  access_token: "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjIifQ.eyJzdWIiOiI4In0.c2lnbmF0dXJl",
  token_type: "Bearer",
  expires_in: 900,
  refresh_token: "jOn4Yxk1TB6h3lZ2fUO3ZQuY0mLrQvOXWc1cJ0fHn8G3",
};
const refreshBody = { refresh_token: exampleTokens.refresh_token };
const { email, name } = exampleProfile;
const password = "seven green bicycles";
const token = "WkM3y0o0cVQZ9m2cV1n4Xh8aJ5sB7dKfT6uR2pLeGxE";

/** Operations of `/v1/auth`, without logout. A reset ends all sessions: it comes before the login. */
export const authOperations = {
  "POST /v1/auth/register": {
    id: "register",
    tag: "Login",
    summary: "Create an account",
    description:
      "Also logs the new user in, and mails a link to confirm the address. With the same `Idempotency-Key` and body it may be sent again for 24 hours: the response has " +
      "the same user, and tokens of a new session.",
    parameters: [
      {
        name: "Idempotency-Key",
        in: "header",
        description:
          "A UUID that you create for this registration and keep until you get a response, or any 16 to 128 visible characters.",
        schema: z.string().optional(),
        example: "0b0f8a2c-6d0e-4a3b-9a51-5b3f0f6f1c9a",
      },
    ],
    body: {
      schema: registration,
      examples: {
        "without a device": { email, password, name },
        "with a device": { email: "carlo@example.com", password, name: "Carlo", device: "Carlo's phone" },
      },
    },
    responses: {
      201: {
        description: "The account is created",
        schema: registered,
        examples: { registered: { user: exampleProfile, ...exampleTokens } },
        headers: ["Location", ...limitHeaders],
      },
    },
    problems: [
      "invalidIdempotencyKey",
      "idempotencyKeyReused",
      "commonPassword",
      "emailTaken",
      "tooManyLogins",
      "unavailable",
    ],
  },
  "POST /v1/auth/email/verification": {
    id: "requestEmailVerification",
    tag: "Login",
    summary: "Mail the link to confirm the e-mail address again",
    description:
      "Without effect if the address is confirmed. The link is valid for 24 hours. Refused if the session of the access token has ended.",
    responses: { 202: { description: "The mail is on its way", headers: limitHeaders } },
    problems: ["unavailable"],
    idempotent: true,
  },
  "POST /v1/auth/email/confirm": {
    id: "confirmEmail",
    tag: "Login",
    summary: "Confirm an e-mail address",
    description: "By the link of a mail: the address of a new account, or the new one of a change.",
    body: { schema: emailConfirmation, examples: { confirmation: { token } } },
    responses: { 204: { description: "The address is confirmed", headers: limitHeaders } },
    problems: ["invalidLink", "emailTaken", "unavailable"],
    idempotent: true,
  },
  "POST /v1/auth/password-reset": {
    id: "requestPasswordReset",
    tag: "Login",
    summary: "Mail a link to reset a forgotten password",
    description:
      "The response does not tell whether there is an account. The link is valid for 15 minutes. If the address was never confirmed, the " +
      "mail has a link to confirm it instead: use it, and send the request again.",
    body: { schema: passwordResetRequest, examples: { request: { email } } },
    responses: { 202: { description: "If there is an account, the mail is on its way", headers: limitHeaders } },
    problems: ["unavailable"],
    idempotent: true,
  },
  "POST /v1/auth/password-reset/confirm": {
    id: "resetPassword",
    tag: "Login",
    summary: "Reset the password by the link of a mail",
    description: "Ends all sessions, and tells the user by mail. Then log in with the new password.",
    body: { schema: passwordReset, examples: { reset: { token, new_password: "nine purple umbrellas" } } },
    responses: { 204: { description: "The new password is set", headers: limitHeaders } },
    problems: ["invalidLink", "commonPassword", "tooManyLogins", "unavailable"],
    idempotent: true,
  },
  "POST /v1/auth/login": {
    id: "login",
    tag: "Login",
    summary: "Open a session",
    body: {
      schema: credentials,
      examples: {
        "without a device": { email, password },
        "with a device": { email, password, device: "Ann's tablet" },
      },
    },
    responses: {
      200: {
        description: "The session is open",
        schema: tokens,
        examples: { tokens: exampleTokens },
        headers: limitHeaders,
      },
    },
    problems: ["invalidCredentials", "tooManyLogins", "unavailable"],
  },
  "POST /v1/auth/refresh": {
    id: "refresh",
    tag: "Login",
    summary: "Exchange a refresh token for a new pair of tokens",
    description:
      "The old refresh token is then used up. If the response was lost, send the token again: you get the same new one, as long as " +
      "the new one was not used. Within 10 s of its first use, a token works as often as you send it, later three times in 24 hours per " +
      "session. A token that comes more often, or after its successor was used, ends the session. Send only one refresh at a time.",
    body: { schema: refreshRequest, examples: { refresh: refreshBody } },
    responses: {
      200: {
        description: "The session continues",
        schema: tokens,
        examples: { tokens: exampleTokens },
        headers: limitHeaders,
      },
    },
    problems: ["invalidRefreshToken", "refreshTokenReused", "unavailable"],
  },
  "PUT /v1/auth/password": {
    id: "changePassword",
    tag: "Account",
    summary: "Change the password",
    description:
      "Ends all other sessions, and tells the user by mail. Refused if the session of the access token has ended.",
    body: {
      schema: passwordChange,
      examples: { change: { current_password: password, new_password: "nine purple umbrellas" } },
    },
    responses: { 204: { description: "The new password is set", headers: limitHeaders } },
    problems: ["wrongPassword", "commonPassword", "concurrentModification", "tooManyLogins", "unavailable"],
    idempotent: true,
  },
  "PUT /v1/auth/email": {
    id: "changeEmail",
    tag: "Account",
    summary: "Request a change of the e-mail address",
    description:
      "Mails a link to the new address, and a notice to the old one. The address changes when the link is used, within 24 hours. " +
      "The response is the same if the new address has an account: it then gets no mail. Refused if the session of the access token has " +
      "ended.",
    body: {
      schema: emailChange,
      examples: { change: { new_email: "ann.new@example.com", current_password: password } },
    },
    responses: { 202: { description: "The mails are on their way", headers: limitHeaders } },
    problems: ["wrongPassword", "tooManyLogins", "unavailable"],
    idempotent: true,
  },
} satisfies Operations;

/** Of their own, because the document lists them last. */
export const logoutOperations = {
  "POST /v1/auth/logout": {
    id: "logout",
    tag: "Account",
    summary: "End a session by its refresh token",
    description: "An invalid token is no error: its session has ended.",
    body: { schema: refreshRequest, examples: { logout: refreshBody } },
    responses: { 204: { description: "The session has ended" } },
    problems: ["unavailable"],
    idempotent: true,
  },
} satisfies Operations;
