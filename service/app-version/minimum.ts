import type { RequestHandler } from "express";
import { ConfigurationError } from "../config.ts";
import { problems } from "../platform/problems.ts";
import { appStores } from "./stores.ts";

/** A version of Semantic Versioning 2.0.0 (https://semver.org), and its pre-release part. */
const semanticVersion =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?$/;

/**
 * Refuses apps that are older than the minimum version, by their header `X-App-Version`. A client without a version is not our app,
 * or its first release.
 *
 * @param minimum such as `1.4.0`, of which a pre-release is older; `0.0.0` serves all
 * @throws {ConfigurationError} if it is no semantic version
 */
export function requireAppVersion(minimum: string): RequestHandler {
  // No version is older, not even a pre-release of it.
  const least = minimum === "0.0.0" ? [0, 0, 0, 0] : parseVersion(minimum);
  if (!least) {
    throw new ConfigurationError(
      `The minimum app version "${minimum}" is not a semantic version. Write three numbers, such as 1.4.0, or 0.0.0 to serve all.`,
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
  const at = version.findIndex((number, index) => number !== least[index]);
  return at >= 0 && version[at]! < least[at]!;
}
