// Generated from the OpenAPI document by `npm run generate:client`. Do not edit.

/** Begins the `type` of each problem. */
export const problemBase = "https://ecobeat.app/problems/";

/** Path of the pages that mails link to, and the scheme of the same links for the app alone. */
export const linksRoute = "/links";
export const appScheme = "ecobeat";

/** What these links are for. */
export const linkActions = ["reset-password","confirm-email"] as const;

/** Operations that may be sent again without a second effect. */
export const idempotentOperations: readonly string[] = [
  "POST /v1/auth/email/verification",
  "POST /v1/auth/email/confirm",
  "POST /v1/auth/password-reset",
  "POST /v1/auth/password-reset/confirm",
  "PUT /v1/auth/password",
  "PUT /v1/auth/email",
  "GET /v1/users/me",
  "GET /v1/users/me/export",
  "POST /v1/activities",
  "GET /v1/activities",
  "GET /v1/activities/summary",
  "GET /v1/activities/{id}",
  "GET /v1/activity-kinds",
  "GET /v1/sessions",
  "DELETE /v1/sessions",
  "POST /v1/auth/logout",
  "GET /.well-known/jwks.json",
  "GET /.well-known/apple-app-site-association",
  "GET /.well-known/assetlinks.json",
  "GET /v1/app",
  "GET /health/live",
  "GET /health/ready",
  "GET /openapi.json"
];

export interface paths {
    "/v1/auth/register": {
        /**
         * Create an account
         * @description Also logs the new user in, and mails a link to confirm the address. With the same `Idempotency-Key` and body it may be sent again for 24 hours: the response has the same user, and tokens of a new session.
         */
        post: operations["register"];
    };
    "/v1/auth/email/verification": {
        /**
         * Mail the link to confirm the e-mail address again
         * @description Without effect if the address is confirmed. The link is valid for 24 hours. Refused if the session of the access token has ended.
         */
        post: operations["requestEmailVerification"];
    };
    "/v1/auth/email/confirm": {
        /**
         * Confirm an e-mail address
         * @description By the link of a mail: the address of a new account, or the new one of a change.
         */
        post: operations["confirmEmail"];
    };
    "/v1/auth/password-reset": {
        /**
         * Mail a link to reset a forgotten password
         * @description The response does not tell whether there is an account. The link is valid for 15 minutes. If the address was never confirmed, the mail has a link to confirm it instead: use it, and send the request again.
         */
        post: operations["requestPasswordReset"];
    };
    "/v1/auth/password-reset/confirm": {
        /**
         * Reset the password by the link of a mail
         * @description Ends all sessions, and tells the user by mail. Then log in with the new password.
         */
        post: operations["resetPassword"];
    };
    "/v1/auth/login": {
        /** Open a session */
        post: operations["login"];
    };
    "/v1/auth/refresh": {
        /**
         * Exchange a refresh token for a new pair of tokens
         * @description The old refresh token is then used up. If the response was lost, send the token again: you get the same new one, as long as the new one was not used. Within 10 s of its first use, a token works as often as you send it, later three times in 24 hours per session. A token that comes more often, or after its successor was used, ends the session. Send only one refresh at a time.
         */
        post: operations["refresh"];
    };
    "/v1/auth/password": {
        /**
         * Change the password
         * @description Ends all other sessions, and tells the user by mail. Refused if the session of the access token has ended.
         */
        put: operations["changePassword"];
    };
    "/v1/auth/email": {
        /**
         * Request a change of the e-mail address
         * @description Mails a link to the new address, and a notice to the old one. The address changes when the link is used, within 24 hours. The response is the same if the new address has an account: it then gets no mail. Refused if the session of the access token has ended.
         */
        put: operations["changeEmail"];
    };
    "/v1/users/me": {
        /** Read the profile */
        get: operations["getProfile"];
        /**
         * Delete the account
         * @description Ends all sessions and deletes all data. Refused if the session of the access token has ended.
         */
        delete: operations["deleteAccount"];
        /**
         * Change the profile
         * @description Without `If-Match`, any version is changed.
         */
        patch: operations["changeProfile"];
    };
    "/v1/users/me/export": {
        /**
         * Export all data
         * @description In parts of up to 3,000 activities. Refused if the session of the access token has ended, or the e-mail address is not confirmed.
         */
        get: operations["exportAccount"];
    };
    "/v1/activities": {
        /**
         * List activities, page by page
         * @description The newest first. No activity is repeated or missing, whatever is recorded in between.
         */
        get: operations["listActivities"];
        /**
         * Record a batch of activities
         * @description Each activity is created, exists already, is refused, or has a kind or a member that only another version of the service knows: keep that one, and send it again later. None of them affects the others. Send a batch again until you get a response: no activity is stored twice.
         */
        post: operations["recordActivities"];
    };
    "/v1/activities/summary": {
        /** Sum up a month */
        get: operations["summarizeActivities"];
    };
    "/v1/activities/{id}": {
        /** Read an activity */
        get: operations["getActivity"];
        /**
         * Delete an activity
         * @description Without `If-Match`, any version is deleted. An activity that is deleted already is a 404, also with `If-Match`.
         */
        delete: operations["deleteActivity"];
        /**
         * Change an activity
         * @description Emissions are recomputed when kind or quantity change.
         */
        patch: operations["changeActivity"];
    };
    "/v1/activity-kinds": {
        /** List the kinds of activities and the emissions that each avoids */
        get: operations["listActivityKinds"];
    };
    "/v1/sessions": {
        /**
         * List where the user is logged in
         * @description Refused if the session of the access token has ended.
         */
        get: operations["listSessions"];
        /**
         * End all other sessions
         * @description Refused if the session of the access token has ended.
         */
        delete: operations["endOtherSessions"];
    };
    "/v1/sessions/{id}": {
        /**
         * End one session
         * @description Refused if the session of the access token has ended. A single session has no `ETag`: only `*` matches it.
         */
        delete: operations["endSession"];
    };
    "/v1/auth/logout": {
        /**
         * End a session by its refresh token
         * @description An invalid token is no error: its session has ended.
         */
        post: operations["logout"];
    };
    "/.well-known/jwks.json": {
        /** Read the public keys of access tokens */
        get: operations["getSigningKeys"];
    };
    "/.well-known/apple-app-site-association": {
        /** Read which links open the app on Apple's devices */
        get: operations["getAppleAssociation"];
    };
    "/.well-known/assetlinks.json": {
        /** Read which app opens links on Android */
        get: operations["getAndroidAssociation"];
    };
    "/v1/app": {
        /** Read the minimum version of the app, and where to get a newer one */
        get: operations["getApp"];
    };
    "/health/live": {
        /** Check whether the service runs */
        get: operations["getLiveness"];
    };
    "/health/ready": {
        /** Check whether the dependencies of the service respond */
        get: operations["getReadiness"];
    };
    "/openapi.json": {
        /** Read this document */
        get: operations["getDocument"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Activity: {
            /** Format: uuid */
            id: string;
            kind: string;
            /** @description In the unit of the kind. */
            quantity: number;
            /** Format: date-time */
            occurred_at: string;
            note: string | null;
            /** @description Grams of CO2 equivalents avoided. */
            co2e_grams: number;
            /** @description Version of the table of kinds that it was computed with. */
            kinds_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description The problem with one item, as in a response. */
        ItemProblem: {
            /** Format: uri */
            type: string;
            title: string;
            detail: string;
            errors?: {
                pointer: string;
                detail: string;
            }[];
        };
        /** @description One for each item, in the same order. */
        BatchResults: {
            results: ({
                /** Format: uuid */
                id: string;
                /** @constant */
                status: "created";
                activity: components["schemas"]["Activity"];
            } | {
                /** Format: uuid */
                id: string;
                /** @constant */
                status: "exists";
                activity: components["schemas"]["Activity"];
            } | {
                /** Format: uuid */
                id: string;
                /** @enum {string} */
                status: "unknown-kind" | "unknown-member";
                problem: components["schemas"]["ItemProblem"];
            } | {
                id: string | null;
                /** @constant */
                status: "refused";
                problem: components["schemas"]["ItemProblem"];
            })[];
        };
        /** @description The newest first. */
        ActivityPage: {
            activities: components["schemas"]["Activity"][];
            /** @description Gets the next page as `cursor`; null on the last. */
            next_cursor: string | null;
        };
        /** @description Sums over a month of UTC. */
        Summary: {
            month: string;
            count: number;
            /** @description Grams of CO2 equivalents avoided. */
            co2e_grams: number;
            by_kind: {
                kind: string;
                count: number;
                quantity: number;
                /** @description Grams of CO2 equivalents avoided. */
                co2e_grams: number;
            }[];
            by_day: {
                /** Format: date */
                day: string;
                count: number;
                /** @description Grams of CO2 equivalents avoided. */
                co2e_grams: number;
            }[];
        };
        /** @description A kind is never removed. */
        ActivityKinds: {
            version: number;
            kinds: {
                id: string;
                /** @description Unit of the quantity. */
                unit: string;
                co2e_grams_per_unit: number;
                /** @description The alternative that it is compared to. */
                baseline: string;
                /**
                 * Format: uri
                 * @description Where the figures are published.
                 */
                source: string;
            }[];
        };
        NewActivity: {
            /**
             * Format: uuid
             * @description A UUID that the app creates.
             */
            id: string;
            /** @description The `id` of one of `/v1/activity-kinds`. */
            kind: string;
            /** @description In the unit of the kind, at least 0.001; rounded to thousandths. */
            quantity: number;
            /**
             * Format: date-time
             * @description RFC 3339 with a zone, at most 365 days ago and one day ahead.
             */
            occurred_at: string;
            /** @description At most 200 characters. */
            note?: string | null;
        };
        ActivityChange: {
            /** @description The `id` of one of `/v1/activity-kinds`. */
            kind?: string;
            /** @description In the unit of the kind, at least 0.001; rounded to thousandths. */
            quantity?: number;
            /**
             * Format: date-time
             * @description RFC 3339 with a zone, at most 365 days ago and one day ahead.
             */
            occurred_at?: string;
            note?: string | null;
        };
        ActivityBatch: {
            activities: components["schemas"]["NewActivity"][];
        };
        /** @description The supported versions of the app. */
        App: {
            /** @description The oldest supported version of the app; `0.0.0` if all are. */
            minimum_version: string;
            stores: {
                /** Format: uri */
                ios: string;
                /** Format: uri */
                android: string;
            };
        };
        Session: {
            id: string;
            /** @description The app's name for the device, or null without one. */
            device: string | null;
            /** @description Country of the last use (ISO 3166-1 alpha-2), or null if it is not known. */
            country: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string;
            /** @description Whether this is the session of the request. */
            current: boolean;
        };
        /** @description Most recently used first. */
        Sessions: {
            sessions: components["schemas"]["Session"][];
        };
        ProfileChange: {
            /** @description The name of the user: 1 to 100 characters, without control characters. */
            name: string;
        };
        Profile: {
            /** Format: uuid */
            id: string;
            email: string;
            /** @description Whether the user has confirmed the address by a link in a mail. Without it, a version of the service responds that does not know: ask again later. */
            email_verified?: boolean;
            name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description All data of a user in the database, or a part of it: more parts follow as long as `next_cursor` is not null. Activities in the archive are not included. */
        AccountExport: {
            /** Format: date-time */
            exported_at: string;
            profile: components["schemas"]["Profile"];
            sessions: components["schemas"]["Session"][];
            activities: components["schemas"]["Activity"][];
            /** @description Gets the next page as `cursor`; null on the last. */
            next_cursor: string | null;
        };
        Registration: {
            /** @description An e-mail address, at most 254 bytes in UTF-8. */
            email: string;
            /** @description At least 8 characters, at most 256 bytes in UTF-8, without control characters. Not a common password, and not little more than words of the user's name or e-mail address. */
            password: string;
            /** @description The name of the user: 1 to 100 characters, without control characters. */
            name: string;
            /** @description The user's name for the device, for the list of sessions. */
            device?: string;
        };
        Credentials: {
            email: string;
            password: string;
            /** @description The user's name for the device, for the list of sessions. */
            device?: string;
        };
        PasswordChange: {
            current_password: string;
            /** @description At least 8 characters, at most 256 bytes in UTF-8, without control characters. Not a common password, and not little more than words of the user's name or e-mail address. */
            new_password: string;
        };
        PasswordResetRequest: {
            /** @description An e-mail address, at most 254 bytes in UTF-8. */
            email: string;
        };
        PasswordReset: {
            /** @description The `token` of the link in the mail. */
            token: string;
            /** @description At least 8 characters, at most 256 bytes in UTF-8, without control characters. Not a common password, and not little more than words of the user's name or e-mail address. */
            new_password: string;
        };
        EmailConfirmation: {
            /** @description The `token` of the link in the mail. */
            token: string;
        };
        EmailChange: {
            /** @description An e-mail address, at most 254 bytes in UTF-8. */
            new_email: string;
            current_password: string;
        };
        RefreshRequest: {
            refresh_token: string;
        };
        Tokens: {
            /** @description A JWT. Send it as `Authorization: Bearer <token>`. */
            access_token: string;
            /** @constant */
            token_type: "Bearer";
            /** @description Lifetime of the access token in seconds. */
            expires_in: number;
            /** @description Valid for one refresh. Store it before you use the access token. */
            refresh_token: string;
        };
        /** @description The new user and the tokens of the first session. */
        Registered: {
            user: components["schemas"]["Profile"];
            /** @description A JWT. Send it as `Authorization: Bearer <token>`. */
            access_token: string;
            /** @constant */
            token_type: "Bearer";
            /** @description Lifetime of the access token in seconds. */
            expires_in: number;
            /** @description Valid for one refresh. Store it before you use the access token. */
            refresh_token: string;
        };
        /** @description A JWK Set (RFC 7517). */
        KeySet: {
            keys: {
                /** @constant */
                kty: "RSA";
                /** @constant */
                use: "sig";
                /** @constant */
                alg: "RS256";
                kid: string;
                n: string;
                e: string;
            }[];
        };
        Readiness: {
            /** @enum {string} */
            status: "up" | "down";
            dependencies: {
                database: {
                    /** @enum {string} */
                    status: "up" | "down";
                    /** @description How long the dependency took to respond. */
                    latency_ms: number;
                };
                redis: {
                    /** @enum {string} */
                    status: "up" | "down";
                    /** @description How long the dependency took to respond. */
                    latency_ms: number;
                };
                signing_key: {
                    /** @enum {string} */
                    status: "up" | "down";
                    /** @description How long the dependency took to respond. */
                    latency_ms: number;
                };
            };
        };
        Liveness: {
            /** @constant */
            status: "up";
        };
        /** @description Which links open the app on Apple's devices. */
        AppleAssociation: {
            applinks: {
                details: {
                    appIDs: string[];
                    components: ({
                        "/": string;
                    } & {
                        [key: string]: unknown;
                    })[];
                }[];
            };
        };
        /** @description Which app opens links on Android. */
        AndroidAssociation: {
            relation: string[];
            target: {
                namespace: string;
                package_name: string;
                sha256_cert_fingerprints: string[];
            };
            relation_extensions: {
                [key: string]: unknown;
            };
        }[];
        /** @description Problem details (RFC 9457). */
        Problem: {
            /**
             * Format: uri
             * @description Identifies the problem. It never changes its meaning.
             */
            type: string;
            /** @description Names the problem for people. */
            title: string;
            /** @description The status of the response. */
            status?: number;
            /** @description What happened, why, and what to do. Do not decide by it. */
            detail: string;
            /** @description The request's id as a URI; the WAF's block response has none. */
            instance?: string;
            /** @description The members or parameters at fault, at most twenty. */
            errors?: ({
                /** @description JSON Pointer (RFC 6901) to the member of the body. */
                pointer: string;
                detail: string;
            } | {
                /** @description Name of the parameter of the query. */
                parameter: string;
                detail: string;
            })[];
            /** @description Of `app-version-too-old`: the oldest supported version. */
            minimum_version?: string;
            /** @description Of `app-version-too-old`: where to get a newer version. */
            stores?: {
                /** Format: uri */
                ios: string;
                /** Format: uri */
                android: string;
            };
        };
    };
    responses: {
        /** @description API key refused; App too old; Request blocked */
        "api-key-refused.app-version-too-old.request-blocked": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/api-key-refused" | "https://ecobeat.app/problems/app-version-too-old" | "https://ecobeat.app/problems/request-blocked";
                };
            };
        };
        /** @description Body too large */
        "body-too-large": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/body-too-large";
                };
            };
        };
        /** @description Common password; Idempotency key reused; Invalid body */
        "common-password.idempotency-key-reused.invalid-body": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/common-password" | "https://ecobeat.app/problems/idempotency-key-reused" | "https://ecobeat.app/problems/invalid-body";
                };
            };
        };
        /** @description E-mail address taken */
        "email-taken": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/email-taken";
                };
            };
        };
        /** @description Internal error */
        internal: {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/internal";
                };
            };
        };
        /** @description Invalid app version; Invalid idempotency key; Invalid UTF-8; Malformed JSON; Malformed request */
        "invalid-app-version.invalid-idempotency-key.invalid-utf-8.malformed-json.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-idempotency-key" | "https://ecobeat.app/problems/invalid-utf-8" | "https://ecobeat.app/problems/malformed-json" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Timed out */
        "timed-out": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/timed-out";
                };
            };
        };
        /** @description Too many concurrent logins; Too many requests */
        "too-many-logins.too-many-requests": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/too-many-logins" | "https://ecobeat.app/problems/too-many-requests";
                };
            };
        };
        /** @description Temporarily unavailable */
        unavailable: {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/unavailable";
                };
            };
        };
        /** @description Unsupported compression; Unsupported media type */
        "unsupported-content-encoding.unsupported-media-type": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/unsupported-content-encoding" | "https://ecobeat.app/problems/unsupported-media-type";
                };
            };
        };
        /** @description Not found; Method not allowed */
        "method-not-allowed.not-found": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/not-found" | "https://ecobeat.app/problems/method-not-allowed";
                };
            };
        };
        /** @description Invalid app version; Malformed request */
        "invalid-app-version.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Access token refused; Access token missing */
        "invalid-token.missing-token": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-token" | "https://ecobeat.app/problems/missing-token";
                };
            };
        };
        /** @description Too many requests */
        "too-many-requests": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/too-many-requests";
                };
            };
        };
        /** @description Invalid app version; Link no longer valid; Invalid UTF-8; Malformed JSON; Malformed request */
        "invalid-app-version.invalid-link.invalid-utf-8.malformed-json.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-link" | "https://ecobeat.app/problems/invalid-utf-8" | "https://ecobeat.app/problems/malformed-json" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Invalid body */
        "invalid-body": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-body";
                };
            };
        };
        /** @description Invalid app version; Invalid UTF-8; Malformed JSON; Malformed request */
        "invalid-app-version.invalid-utf-8.malformed-json.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-utf-8" | "https://ecobeat.app/problems/malformed-json" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Common password; Invalid body */
        "common-password.invalid-body": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/common-password" | "https://ecobeat.app/problems/invalid-body";
                };
            };
        };
        /** @description Login refused */
        "invalid-credentials": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-credentials";
                };
            };
        };
        /** @description Refresh token refused; Refresh token used twice */
        "invalid-refresh-token.refresh-token-reused": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-refresh-token" | "https://ecobeat.app/problems/refresh-token-reused";
                };
            };
        };
        /** @description Common password; Invalid body; Wrong password */
        "common-password.invalid-body.wrong-password": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/common-password" | "https://ecobeat.app/problems/invalid-body" | "https://ecobeat.app/problems/wrong-password";
                };
            };
        };
        /** @description Concurrent modification */
        "concurrent-modification": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/concurrent-modification";
                };
            };
        };
        /** @description Invalid body; Wrong password */
        "invalid-body.wrong-password": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-body" | "https://ecobeat.app/problems/wrong-password";
                };
            };
        };
        /** @description Invalid app version; Invalid precondition; Malformed request */
        "invalid-app-version.invalid-precondition.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-precondition" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Precondition failed */
        "precondition-failed": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/precondition-failed";
                };
            };
        };
        /** @description Invalid app version; Invalid precondition; Invalid UTF-8; Malformed JSON; Malformed request */
        "invalid-app-version.invalid-precondition.invalid-utf-8.malformed-json.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-precondition" | "https://ecobeat.app/problems/invalid-utf-8" | "https://ecobeat.app/problems/malformed-json" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description API key refused; App too old; E-mail address not confirmed; Request blocked */
        "api-key-refused.app-version-too-old.email-not-verified.request-blocked": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/api-key-refused" | "https://ecobeat.app/problems/app-version-too-old" | "https://ecobeat.app/problems/email-not-verified" | "https://ecobeat.app/problems/request-blocked";
                };
            };
        };
        /** @description Invalid app version; Invalid query; Malformed request */
        "invalid-app-version.invalid-query.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-app-version" | "https://ecobeat.app/problems/invalid-query" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Unknown member */
        "unknown-member": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/unknown-member";
                };
            };
        };
        /** @description No such activity */
        "activity-not-found": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/activity-not-found";
                };
            };
        };
        /** @description Precondition required */
        "precondition-required": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/precondition-required";
                };
            };
        };
        /** @description Unknown kind */
        "unknown-kind": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/unknown-kind";
                };
            };
        };
        /** @description Invalid precondition; Malformed request */
        "invalid-precondition.malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/invalid-precondition" | "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
        /** @description Request blocked */
        "request-blocked": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/request-blocked";
                };
            };
        };
        /** @description No such session */
        "session-not-found": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/session-not-found";
                };
            };
        };
        /** @description Malformed request */
        "malformed-request": {
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    type?: "https://ecobeat.app/problems/malformed-request";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    register: {
        parameters: {
            header?: {
                /** @description A UUID that you create for this registration and keep until you get a response, or any 16 to 128 visible characters. */
                "Idempotency-Key"?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description The account is created */
            201: {
                content: {
                    "application/json": components["schemas"]["Registered"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-idempotency-key.invalid-utf-8.malformed-json.malformed-request"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            409: components["responses"]["email-taken"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["common-password.idempotency-key-reused.invalid-body"];
            429: components["responses"]["too-many-logins.too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    requestEmailVerification: {
        responses: {
            /** @description The mail is on its way */
            202: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    confirmEmail: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailConfirmation"];
            };
        };
        responses: {
            /** @description The address is confirmed */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-link.invalid-utf-8.malformed-json.malformed-request"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            409: components["responses"]["email-taken"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    requestPasswordReset: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description If there is an account, the mail is on its way */
            202: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    resetPassword: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description The new password is set */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-link.invalid-utf-8.malformed-json.malformed-request"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["common-password.invalid-body"];
            429: components["responses"]["too-many-logins.too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    login: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The session is open */
            200: {
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-credentials"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-logins.too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    refresh: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The session continues */
            200: {
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-refresh-token.refresh-token-reused"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    changePassword: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description The new password is set */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            409: components["responses"]["concurrent-modification"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["common-password.invalid-body.wrong-password"];
            429: components["responses"]["too-many-logins.too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    changeEmail: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailChange"];
            };
        };
        responses: {
            /** @description The mails are on their way */
            202: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body.wrong-password"];
            429: components["responses"]["too-many-logins.too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getProfile: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The profile */
            200: {
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    deleteAccount: {
        parameters: {
            header?: {
                /** @description The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens. */
                "If-Match"?: string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The account and its sessions are deleted */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    changeProfile: {
        parameters: {
            header?: {
                /** @description The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens. */
                "If-Match"?: string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileChange"];
            };
        };
        responses: {
            /** @description The changed profile */
            200: {
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            412: components["responses"]["precondition-failed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    exportAccount: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the previous part. */
                cursor?: string;
            };
        };
        responses: {
            /** @description The data, as a file */
            200: {
                content: {
                    "application/json": components["schemas"]["AccountExport"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-query.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.email-not-verified.request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    listActivities: {
        parameters: {
            query?: {
                /** @description Activities on a page. */
                limit?: number;
                /** @description `next_cursor` of the previous page, with the same filters. */
                cursor?: string;
                /** @description Only of this kind. */
                kind?: string;
                /** @description Only from this time on. */
                from?: string;
                /** @description Only before this time. */
                to?: string;
            };
        };
        responses: {
            /** @description A page */
            200: {
                content: {
                    "application/json": components["schemas"]["ActivityPage"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-query.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    recordActivities: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivityBatch"];
            };
        };
        responses: {
            /** @description A result for each activity */
            200: {
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            409: components["responses"]["unknown-member"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    summarizeActivities: {
        parameters: {
            query: {
                /** @description A month of UTC. */
                month: string;
            };
        };
        responses: {
            /** @description Sums by kind and by day */
            200: {
                content: {
                    "application/json": components["schemas"]["Summary"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-query.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getActivity: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The activity's id. */
                id: string;
            };
        };
        responses: {
            /** @description The activity */
            200: {
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            404: components["responses"]["activity-not-found"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    deleteActivity: {
        parameters: {
            header?: {
                /** @description The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens. */
                "If-Match"?: string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The activity's id. */
                id: string;
            };
        };
        responses: {
            /** @description The activity is permanently deleted */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            404: components["responses"]["activity-not-found"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    changeActivity: {
        parameters: {
            header: {
                /** @description The `ETag` of the activity that you have read. */
                "If-Match": string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The activity's id. */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivityChange"];
            };
        };
        responses: {
            /** @description The changed activity */
            200: {
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.invalid-utf-8.malformed-json.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            404: components["responses"]["activity-not-found"];
            409: components["responses"]["unknown-kind"];
            412: components["responses"]["precondition-failed"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            428: components["responses"]["precondition-required"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    listActivityKinds: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The table of kinds */
            200: {
                content: {
                    "application/json": components["schemas"]["ActivityKinds"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    listSessions: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description All open sessions */
            200: {
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    endOtherSessions: {
        parameters: {
            header?: {
                /** @description The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens. */
                "If-Match"?: string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description All other sessions have ended */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    endSession: {
        parameters: {
            header?: {
                /** @description The `ETag` of the version that you have. If it is not current, the response is 412, and nothing happens. */
                "If-Match"?: string;
                /** @description If it names the current version, the response is 412, and nothing happens. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The id in the list of sessions. */
                id: string;
            };
        };
        responses: {
            /** @description The session has ended */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-precondition.malformed-request"];
            401: components["responses"]["invalid-token.missing-token"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            404: components["responses"]["session-not-found"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    logout: {
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The session has ended */
            204: {
                content?: never;
            };
            400: components["responses"]["invalid-app-version.invalid-utf-8.malformed-json.malformed-request"];
            403: components["responses"]["api-key-refused.app-version-too-old.request-blocked"];
            413: components["responses"]["body-too-large"];
            415: components["responses"]["unsupported-content-encoding.unsupported-media-type"];
            422: components["responses"]["invalid-body"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getSigningKeys: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The current, previous and next signing keys */
            200: {
                content: {
                    "application/json": components["schemas"]["KeySet"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getAppleAssociation: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The association of Apple's apps; 404 where none is configured */
            200: {
                content: {
                    "application/json": components["schemas"]["AppleAssociation"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getAndroidAssociation: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description Digital Asset Links; 404 where no app is configured */
            200: {
                content: {
                    "application/json": components["schemas"]["AndroidAssociation"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getApp: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description The minimum version and the stores */
            200: {
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getLiveness: {
        responses: {
            /** @description The service runs */
            200: {
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            400: components["responses"]["malformed-request"];
            403: components["responses"]["request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getReadiness: {
        responses: {
            /** @description All dependencies respond */
            200: {
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["malformed-request"];
            403: components["responses"]["request-blocked"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            /** @description At least one dependency does not respond */
            503: {
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
    getDocument: {
        parameters: {
            header?: {
                /** @description If it does not name the current version, the response is 412. */
                "If-Match"?: string;
                /** @description The `ETag` of the version that you have. If it is still current, the response is 304 and has no body. */
                "If-None-Match"?: string;
            };
        };
        responses: {
            /** @description An OpenAPI document */
            200: {
                content: {
                    "application/json": {
                        openapi: string;
                        info: {
                            [key: string]: unknown;
                        };
                        paths: {
                            [key: string]: unknown;
                        };
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It has not changed */
            304: {
                content?: never;
            };
            400: components["responses"]["invalid-precondition.malformed-request"];
            403: components["responses"]["request-blocked"];
            412: components["responses"]["precondition-failed"];
            429: components["responses"]["too-many-requests"];
            500: components["responses"]["internal"];
            504: components["responses"]["timed-out"];
            default: components["responses"]["method-not-allowed.not-found"];
        };
    };
}
