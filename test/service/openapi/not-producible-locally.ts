import type { DocumentedOperation } from "../../support/openapi.ts";

/** Routes without a dependency that could fail, or that report on the dependencies. */
const withoutDependencies = new Set([
  "/health/live",
  "/health/ready",
  "/.well-known/apple-app-site-association",
  "/.well-known/assetlinks.json",
  "/openapi.json",
  "/v1/activity-kinds",
  "/v1/app",
]);

/** They count requests themselves. */
const counted = new Set([
  "register",
  "login",
  "refresh",
  "changePassword",
  "requestPasswordReset",
  "resetPassword",
  "requestEmailVerification",
  "confirmEmail",
  "changeEmail",
]);

/**
 * Why no request to the service causes a documented problem; undefined if one does.
 * @param slug last part of the problem's type
 */
export function notProducibleLocally(
  { operationId, path, requestBody }: DocumentedOperation,
  slug: string,
): string | undefined {
  if (slug === "request-blocked") return "the WAF's own";
  if (slug === "timed-out") return "API Gateway's own";
  if (slug === "too-many-requests" && !counted.has(operationId)) return "API Gateway's and the WAF's own here";
  if (slug === "malformed-request" && !requestBody && !path.includes("{"))
    return "API Gateway's own where there is neither a body nor a parameter";
  if (slug === "internal" && withoutDependencies.has(path))
    return "API Gateway's own where nothing can fail in the service";
  return undefined;
}
