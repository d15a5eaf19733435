import { z } from "zod";
import { limitHeaders } from "../openapi/headers.ts";
import type { Operations } from "../openapi/operation.ts";
import { descriptions } from "../openapi/schemas.ts";
import { exampleProfile, profile } from "../users/operations.ts";
import { credentials, device, passwordChange, refreshRequest, registration } from "./schemas.ts";
import type { TokenResponse } from "./tokens.ts";

device.register(descriptions, {
  description: "What the user would call the device, for the list of sessions.",
});
registration.register(descriptions, { id: "Registration" });
registration.shape.password.register(descriptions, {
  description:
    "At least 8 characters, at most 256 bytes in UTF-8, without control characters; none of the commonest, nor little more " +
    "than words of the user's name or e-mail address.",
});
credentials.register(descriptions, { id: "Credentials" });
passwordChange.register(descriptions, { id: "PasswordChange" });
refreshRequest.register(descriptions, { id: "RefreshRequest" });

const tokens = z
  .object({
    access_token: z
      .string()
      .register(descriptions, { description: "A JWT. Send it as `Authorization: Bearer <token>`." }),
    token_type: z.literal("Bearer"),
    expires_in: z
      .int()
      .positive()
      .register(descriptions, { description: "Seconds that the access token lives." }),
    refresh_token: z.string().register(descriptions, {
      description: "Good for one refresh. Store it before you use the access token.",
    }),
  })
  .register(descriptions, { id: "Tokens" }) satisfies z.ZodType<TokenResponse>;

const registered = z.object({ user: profile, ...tokens.shape }).register(descriptions, {
  id: "Registered",
  description: "The new user and the tokens of the first session.",
});

const exampleTokens: TokenResponse = {
  access_token: "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjIifQ.eyJzdWIiOiI4In0.c2lnbmF0dXJl",
  token_type: "Bearer",
  expires_in: 900,
  refresh_token: "jOn4Yxk1TB6h3lZ2fUO3ZQuY0mLrQvOXWc1cJ0fHn8G3",
};
const refreshBody = { refresh_token: exampleTokens.refresh_token };
const { email, name } = exampleProfile;
const password = "seven green bicycles";

/** Operations of `/v1/auth`. */
export const authOperations = {
  "POST /v1/auth/register": {
    id: "register",
    tag: "Account",
    summary: "Make an account",
    description:
      "Logs the new user in as well. With the same `Idempotency-Key` and body it may be sent again for 24 hours: the answer has " +
      "the same user, and tokens of a session of its own.",
    parameters: [
      {
        name: "Idempotency-Key",
        in: "header",
        description:
          "A UUID that you make for this registration and keep until there is an answer, or any 16 to 128 visible characters.",
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
        description: "The account is there",
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
  "POST /v1/auth/login": {
    id: "login",
    tag: "Account",
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
    tag: "Account",
    summary: "Exchange a refresh token for a new pair of tokens",
    description:
      "The old refresh token is spent. If the answer was lost, send it again within 10 s: you get the same new one. Later " +
      "than that, or after its successor was used, it ends the session. Have one refresh in flight at a time.",
    body: { schema: refreshRequest, examples: { refresh: refreshBody } },
    responses: {
      200: {
        description: "The session goes on",
        schema: tokens,
        examples: { tokens: exampleTokens },
        headers: limitHeaders,
      },
    },
    problems: ["invalidRefreshToken", "refreshTokenReused", "unavailable"],
  },
  "POST /v1/auth/logout": {
    id: "logout",
    tag: "Account",
    summary: "End a session by its refresh token",
    description: "A token that means nothing is no error: its session has ended.",
    body: { schema: refreshRequest, examples: { logout: refreshBody } },
    responses: { 204: { description: "The session has ended" } },
    problems: ["unavailable"],
    idempotent: true,
  },
  "PUT /v1/auth/password": {
    id: "changePassword",
    tag: "Account",
    summary: "Change the password",
    description: "Ends all other sessions. Refused as soon as the session of the access token has ended.",
    body: {
      schema: passwordChange,
      examples: { change: { current_password: password, new_password: "nine purple umbrellas" } },
    },
    responses: { 204: { description: "The new password is in force", headers: limitHeaders } },
    problems: ["wrongPassword", "commonPassword", "concurrentModification", "tooManyLogins", "unavailable"],
    idempotent: true,
  },
} satisfies Operations;
