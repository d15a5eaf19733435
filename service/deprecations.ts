import type { RouteName } from "./routes.ts";

/** A day in UTC. */
export type Day = `${number}-${number}-${number}`;

/** When an operation will be removed. */
export interface Deprecation {
  /** The day on which it was deprecated, such as `2027-01-31`. */
  readonly since: Day;
  /** The day from which it may be removed, at least 180 days after the release that announces it. */
  readonly sunset: Day;
  /** A page that says what to use instead. */
  readonly link: `https://${string}`;
}

/** Deprecations by method and path. */
export type Deprecations = { readonly [Name in RouteName]?: Deprecation };

/**
 * Operations that will be removed. Their responses announce it in headers, and the OpenAPI document marks them. Only this table, which
 * is nearly always empty, is loaded by a cold start.
 *
 * @example { "GET /v1/activities": { since: "2027-01-31", sunset: "2027-12-31", link: "https://ecobeat.app/api/v2-activities" } }
 */
export const deprecations: Deprecations = {};

/** Headers that announce the removal: RFC 9745 (`Deprecation`, `rel="deprecation"`) and RFC 8594 (`Sunset`, `rel="sunset"`). */
export const toDeprecationHeaders = ({ since, sunset, link }: Deprecation) =>
  ({
    Deprecation: `@${Date.parse(since) / 1_000}`,
    Sunset: new Date(sunset).toUTCString(),
    Link: `<${link}>; rel="deprecation"; type="text/html", <${link}>; rel="sunset"; type="text/html"`,
  }) as const;
