import type { RequestHandler } from "express";
import { ConfigurationError } from "../config.ts";
import { problems } from "../platform/problems.ts";
import { appStores } from "./stores.ts";

/** A version of Semantic Versioning 2.0.0 (https://semver.org), and whether it comes before the release of its numbers. */
const semanticVersion =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?$/;

/**
 * Refuses apps that are older than the service still knows how to serve, by their header `X-App-Version`. Who sends no version
 * is no app of ours, or its first one.
 *
 * @param minimum such as `1.4.0`, of which a pre-release is older; `0.0.0` serves all
 * @throws {ConfigurationError} if it is no version
 */
export function requireAppVersion(minimum: string): RequestHandler {
  // Nothing is before it, a pre-release of it neither.
  const least = minimum === "0.0.0" ? [0, 0, 0, 0] : parseVersion(minimum);
  if (!least) {
    throw new ConfigurationError(
      `"${minimum}" is to be the app's minimum version, and is none. Write it as three numbers, such as 1.4.0, or 0.0.0 for none.`,
    );
  }
  return (request, _response, next) => {
    const version = request.headers["x-app-version"];
    if (version === undefined) return next();
    const numbers = parseVersion(String(version));
    if (!numbers) return next(problems.invalidAppVersion());
    next(isOlder(numbers, least) ? problems.appVersionTooOld(minimum, appStores) : undefined);
  };
}

/** Major, minor and patch, and 0 for a pre-release, which comes before the release with its 1. */
function parseVersion(version: string): number[] | undefined {
  const [, major, minor, patch, preRelease] = semanticVersion.exec(version) ?? [];
  return major === undefined ? undefined : [+major, +minor!, +patch!, preRelease === undefined ? 1 : 0];
}

function isOlder(version: readonly number[], least: readonly number[]): boolean {
  const at = version.findIndex((number, place) => number !== least[place]);
  return at >= 0 && version[at]! < least[at]!;
}
