import { exportFileName, namePrefix } from "../company.ts";
/** Response headers for clients, without those that only browsers read. */
export const headers = {
  "X-Request-Id": {
    description: "Id of the request. Send it to us when you report an error.",
    schema: { type: "string", minLength: 1 },
    example: "7b1f6a0e-4f3c-4a58-9d0b-2f1f6f1c9a51",
  },
  "Cache-Control": {
    description: "`no-store`, except for responses that are the same for all clients.",
    schema: { type: "string", minLength: 1 },
    example: "no-store",
  },
  ETag: {
    description:
      "Names this version of the response. Send it back as `If-None-Match` to get a body only after a change.",
    schema: { type: "string", pattern: '^(W/)?"[^"]+"$' },
    example: '"CcmqAnwNWUUtyVZKE1kJuUcP0Hk"',
  },
  Deprecation: {
    description: "The time since which the operation is deprecated, in Unix seconds (RFC 9745).",
    schema: { type: "string", pattern: "^@[0-9]+$" },
    example: "@1801353600",
  },
  Sunset: {
    description: "The time from which the operation may be removed (RFC 8594).",
    schema: { type: "string", pattern: "^[A-Z][a-z]{2}, .* GMT$" },
    example: "Fri, 31 Dec 2027 00:00:00 GMT",
  },
  Link: {
    description: "Where to read what to use instead (`deprecation`, `sunset`).",
    schema: { type: "string", pattern: "^<https:" },
    example: '<https://example.com/api>; rel="deprecation"; type="text/html"',
  },
  "Content-Disposition": {
    description: "Makes a browser store the response as a file.",
    schema: { type: "string", pattern: "^attachment" },
    example: `attachment; filename="${exportFileName}"`,
  },
  Location: {
    description: "Path of the created resource.",
    schema: { type: "string", pattern: "^/" },
    example: "/v1/users/me",
  },
  "Retry-After": {
    description: "Seconds to wait before you try again.",
    schema: { type: "string", pattern: "^[0-9]+$" },
    example: "5",
  },
  "RateLimit-Policy": {
    description: "The limits that count this request (draft-ietf-httpapi-ratelimit-headers-10).",
    schema: { type: "string", pattern: '^"[a-z-]+";q=[0-9]+;w=[0-9]+(, "[a-z-]+";q=[0-9]+;w=[0-9]+)*$' },
    example: '"login-account";q=10;w=900, "login-address";q=100;w=900',
  },
  RateLimit: {
    description: "What is left of the limit that you will reach first, and the seconds until it starts again.",
    schema: { type: "string", pattern: '^"[a-z-]+";r=[0-9]+;t=[0-9]+$' },
    example: '"login-account";r=9;t=900',
  },
  "x-amzn-Remapped-WWW-Authenticate": {
    description:
      "Why the token was refused (RFC 6750): `WWW-Authenticate`, as API Gateway renames it. Decide by the problem's `type` instead.",
    schema: { type: "string", pattern: `^Bearer realm="${namePrefix}"(, error="invalid_token")?$` },
    example: `Bearer realm="${namePrefix}", error="invalid_token"`,
  },
  Allow: {
    description: "The methods that the path supports.",
    schema: { type: "string", pattern: "^[A-Z]+(, [A-Z]+)*$" },
    example: "GET, HEAD",
  },
  Accept: {
    description: "The media type that a body must have.",
    schema: { const: "application/json" },
    example: "application/json",
  },
  "Accept-Encoding": {
    description: "The supported compressions of a body.",
    schema: { type: "string", minLength: 1 },
    example: "gzip, deflate, br",
  },
} as const;

export type HeaderName = keyof typeof headers;

/** Of every response. */
export const commonHeaders = ["X-Request-Id", "Cache-Control"] as const satisfies HeaderName[];

/** Of every response to a counted request. */
export const limitHeaders = ["RateLimit", "RateLimit-Policy"] as const satisfies HeaderName[];

/** Of every response of a deprecated operation that is no problem. */
export const deprecationHeaders = ["Deprecation", "Sunset", "Link"] as const satisfies HeaderName[];

/** Headers of a response, by reference. */
export const headerReferences = (names: readonly HeaderName[]): Record<string, { $ref: string }> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
