import { namePrefix } from "../company.ts";
import type { DependencyName } from "../contract.ts";
import { type FieldError, type ParameterError, Problem } from "./problem.ts";

export { type FieldError, type ParameterError, Problem, toProblemDetails } from "./problem.ts";

/**
 * The catalogue of all problem details (RFC 9457) of the API. A `type` never changes its meaning, since the app decides by it.
 * `detail` says what happened, why, and what to do. It never contains an internal message.
 */

/** RFC 6750: why a bearer token was refused, in the header that OAuth clients read. */
const bearer = (error?: string) => ({
  "WWW-Authenticate": error ? `Bearer realm="${namePrefix}", error="${error}"` : `Bearer realm="${namePrefix}"`,
});

/** Seconds after which a client may retry when a dependency of the service is down. */
export const retryAfterSeconds = 5;

/** As many as a person reads. A body of 100 kB can have thousands. */
const maxFieldErrors = 20;

export const problems = {
  malformedJson: () =>
    new Problem(400, "malformed-json", "Malformed JSON", "The body is not valid JSON. Send one JSON object."),
  invalidUtf8: () =>
    new Problem(400, "invalid-utf-8", "Invalid UTF-8", "The body is not valid UTF-8. Encode it as UTF-8."),
  malformedRequest: () =>
    new Problem(
      400,
      "malformed-request",
      "Malformed request",
      "The request could not be read: its path, headers or body are broken. Check their encoding and length.",
    ),
  invalidIdempotencyKey: () =>
    new Problem(
      400,
      "invalid-idempotency-key",
      "Invalid idempotency key",
      "The `Idempotency-Key` must have 16 to 128 visible ASCII characters. Send a new UUID for each registration.",
    ),
  invalidLink: () =>
    new Problem(
      400,
      "invalid-link",
      "Link no longer valid",
      "The link of the mail was used, has expired, or was not issued here, or the account was changed since. Request another mail.",
    ),
  invalidAppVersion: () =>
    new Problem(
      400,
      "invalid-app-version",
      "Invalid app version",
      "`X-App-Version` is not a semantic version. Send the version of the app as three numbers, such as 1.4.2, or omit the header.",
    ),
  invalidPrecondition: () =>
    new Problem(
      400,
      "invalid-precondition",
      "Invalid precondition",
      "`If-Match` or `If-None-Match` is neither `*` nor a list of entity tags. Send an `ETag` as you received it, with its quotes.",
    ),
  invalidQuery: (errors: ParameterError[]) =>
    new Problem(
      400,
      "invalid-query",
      "Invalid query",
      "The query does not match what this route accepts. `errors` names each parameter at fault.",
      { errors: errors.slice(0, maxFieldErrors) },
    ),
  foreignCursor: () =>
    problems.invalidQuery([{ parameter: "cursor", detail: "does not belong to this list; begin without one" }]),
  missingToken: () =>
    new Problem(
      401,
      "missing-token",
      "Access token missing",
      "This route needs an access token. Send it as `Authorization: Bearer <token>`.",
      { headers: bearer() },
    ),
  invalidToken: (cause?: unknown) =>
    new Problem(
      401,
      "invalid-token",
      "Access token refused",
      "The access token has expired or was not issued here. Refresh it, or log in again.",
      { headers: bearer("invalid_token"), cause },
    ),
  invalidCredentials: () =>
    new Problem(
      401,
      "invalid-credentials",
      "Login refused",
      "The e-mail address or the password is wrong. Check both and try again.",
      { headers: bearer() },
    ),
  wrongPassword: () =>
    new Problem(
      422,
      "wrong-password",
      "Wrong password",
      "The current password is not the password of this account. Check it and try again.",
      { errors: [{ pointer: "/current_password", detail: "is wrong" }] },
    ),
  invalidRefreshToken: () =>
    new Problem(
      401,
      "invalid-refresh-token",
      "Refresh token refused",
      "The refresh token has expired, was not issued here, or its session has ended. Log in again.",
      { headers: bearer() },
    ),
  // The words of stacks/constructs/api/gateway-problems.ts: it must make no difference which of them responds.
  apiKeyRefused: () =>
    new Problem(
      403,
      "api-key-refused",
      "API key refused",
      "The API key is missing or unknown. Send the app's key as `X-Api-Key`.",
    ),
  emailNotVerified: () =>
    new Problem(
      403,
      "email-not-verified",
      "E-mail address not confirmed",
      "This route needs an account whose e-mail address is confirmed. Open the link in the mail that you got, or request another.",
    ),
  // Not 426: it is about the protocol, and requires the header `Upgrade`, which proxies remove (RFC 9110, 15.5.22).
  appVersionTooOld: (minimumVersion: string, stores: Readonly<Record<string, string>>) =>
    new Problem(
      403,
      "app-version-too-old",
      "App too old",
      "This version of the app is no longer supported. Ask the user to install `minimum_version` or later from one of `stores`.",
      { members: { minimum_version: minimumVersion, stores } },
    ),
  refreshTokenReused: () =>
    new Problem(
      401,
      "refresh-token-reused",
      "Refresh token used twice",
      "This refresh token was used before, and its successor was used since, or it came too often. An attacker may have a copy. " +
        "The session has ended. Log in again.",
      { headers: bearer() },
    ),
  sessionNotFound: () =>
    new Problem(
      404,
      "session-not-found",
      "No such session",
      "You have no open session with this id. It may have ended already; list your sessions to see.",
    ),
  activityNotFound: () =>
    new Problem(
      404,
      "activity-not-found",
      "No such activity",
      "You have no activity with this id. It may have been deleted; list your activities to see.",
    ),
  routeNotFound: () =>
    new Problem(404, "not-found", "Not found", "There is nothing at this path. See the API's documentation."),
  methodNotAllowed: (allowed: string) =>
    new Problem(405, "method-not-allowed", "Method not allowed", `This path supports only ${allowed}.`, {
      headers: { Allow: allowed },
    }),
  emailTaken: (pointer = "/email") =>
    new Problem(
      409,
      "email-taken",
      "E-mail address taken",
      "An account with this e-mail address exists. Log in to it, or use another address.",
      { errors: [{ pointer, detail: "belongs to an account already" }] },
    ),
  concurrentModification: () =>
    new Problem(
      409,
      "concurrent-modification",
      "Concurrent modification",
      "Another request has changed this resource in the meantime. Nothing was changed. Send the request again.",
    ),
  unknownKind: (pointer: string) =>
    new Problem(
      409,
      "unknown-kind",
      "Unknown kind",
      "The service does not know this kind, and has stored nothing. If `/v1/activity-kinds` has listed it, another version of the " +
        "service does: keep the activity, and send it again later.",
      { errors: [{ pointer, detail: "is not known here" }] },
    ),
  unknownMember: (errors: FieldError[]) =>
    new Problem(
      409,
      "unknown-member",
      "Unknown member",
      "The service does not know these members, and has stored nothing. If the API's document has listed them, another version of the " +
        "service does: keep the activity, and send it again later.",
      { errors: errors.slice(0, maxFieldErrors) },
    ),
  activityDeleted: () =>
    new Problem(
      410,
      "activity-deleted",
      "Activity deleted",
      "The activity with this id was deleted. Remove it from the app; to record it again, give it another id.",
    ),
  preconditionFailed: () =>
    new Problem(
      412,
      "precondition-failed",
      "Precondition failed",
      "`If-Match` does not name the current version, or `If-None-Match` does: the resource is not as you expect. Read it again and " +
        "decide again.",
    ),
  bodyTooLarge: () =>
    new Problem(
      413,
      "body-too-large",
      "Body too large",
      "The body is larger than 100 kB. Send less at a time.",
      // The rest of the body is not read.
      { headers: { Connection: "close" } },
    ),
  unsupportedContentEncoding: () =>
    new Problem(
      415,
      "unsupported-content-encoding",
      "Unsupported compression",
      "The service does not know the compression of the body. Send it in gzip, deflate or br, or uncompressed.",
      { headers: { "Accept-Encoding": "gzip, deflate, br" } },
    ),
  unsupportedMediaType: () =>
    new Problem(
      415,
      "unsupported-media-type",
      "Unsupported media type",
      "The body must be JSON in UTF-8. Send it with `Content-Type: application/json`.",
      { headers: { Accept: "application/json" } },
    ),
  invalidBody: (errors: FieldError[]) =>
    new Problem(
      422,
      "invalid-body",
      "Invalid body",
      "The body does not match what this route accepts. " +
        (errors.length > maxFieldErrors
          ? `\`errors\` names ${maxFieldErrors} of the ${errors.length} faults in it.`
          : "`errors` names each member at fault."),
      { errors: errors.slice(0, maxFieldErrors) },
    ),
  idempotencyKeyReused: () =>
    new Problem(
      422,
      "idempotency-key-reused",
      "Idempotency key reused",
      "This `Idempotency-Key` belongs to another registration. To send that registration again, do not change it. For a new one, " +
        "create another key.",
    ),
  invalidActivity: (errors: FieldError[]) =>
    new Problem(
      422,
      "invalid-activity",
      "Invalid activity",
      "The activity does not match what this route accepts, and was not stored. `errors` names each member at fault.",
      { errors: errors.slice(0, maxFieldErrors) },
    ),
  commonPassword: (pointer: string) =>
    new Problem(
      422,
      "common-password",
      "Common password",
      "Attackers try this password first. Choose one that is hard to guess, such as several words.",
      { errors: [{ pointer, detail: "is too common" }] },
    ),
  preconditionRequired: () =>
    new Problem(
      428,
      "precondition-required",
      "Precondition required",
      "A change must name the version that it changes, or it could undo another change. Send the `ETag` that you read as `If-Match`.",
    ),
  tooManyLogins: () =>
    new Problem(
      429,
      "too-many-logins",
      "Too many concurrent logins",
      "The service checks as many passwords as its memory allows. Try again after the time in `Retry-After`.",
      { headers: { "Retry-After": "1" } },
    ),
  tooManyRequests: (retryAfterSeconds: number) =>
    new Problem(
      429,
      "too-many-requests",
      "Too many requests",
      "You sent more requests than this route allows. Try again after the time in `Retry-After`.",
      { headers: { "Retry-After": String(retryAfterSeconds) } },
    ),
  internal: (cause: unknown) =>
    new Problem(
      500,
      "internal",
      "Internal error",
      "The service failed on this request. Try again; report the request id if it happens again.",
      { cause },
    ),
  unavailable: (cause: unknown, dependency?: DependencyName) =>
    new Problem(
      503,
      "unavailable",
      "Temporarily unavailable",
      "A dependency that this request needs does not respond. Try again after the time in `Retry-After`.",
      { headers: { "Retry-After": String(retryAfterSeconds) }, cause, dependency },
    ),
};
