import type { RequestHandler } from "express";
import { ConfigurationError } from "../config.ts";
import type { Metrics } from "../platform/metrics.ts";
import { type Problem, problems } from "../platform/problems.ts";
import { getRequestContext } from "../platform/request-context.ts";
import { appStores } from "./stores.ts";

/** A version of Semantic Versioning 2.0.0 (https://semver.org), and its pre-release part. */
const semanticVersion =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?$/;

/** What a request says about the version of its app. */
interface CheckedVersion {
  /** Major, minor and patch, such as `1.4.2`. @default no version, or an invalid one */
  version?: string;
  /** Why the request is refused. @default it is not */
  problem?: Problem;
}

/**
 * Refuses apps that are older than the minimum version, counts them, and gives the version of any app to the log. See
 * {@link createVersionCheck}.
 *
 * @throws {ConfigurationError} if the minimum is no semantic version
 */
export function requireAppVersion(minimum: string, metrics: Metrics): RequestHandler {
  const check = createVersionCheck(minimum);
  return (request, _response, next) => {
    const header = request.headers["x-app-version"];
    if (header === undefined) return next();
    const { version, problem } = check(String(header));
    if (version !== undefined) getRequestContext(request).appVersion = version;
    if (version !== undefined && problem) metrics.count("AppVersionRefusals");
    next(problem);
  };
}

/**
 * Refuses apps that are older than the minimum version, by their header `X-App-Version`. A client without a version is not our app,
 * or its first release.
 *
 * @param minimum such as `1.4.0`, of which a pre-release is older; `0.0.0` serves all
 * @throws {ConfigurationError} if it is no semantic version
 */
export function createVersionCheck(minimum: string): (header: string) => CheckedVersion {
  // No version is older, not even a pre-release of it.
  const least = minimum === "0.0.0" ? [0, 0, 0, 0] : parseVersion(minimum);
  if (!least) {
    throw new ConfigurationError(
      `The minimum app version "${minimum}" is not a semantic version. Write three numbers, such as 1.4.0, or 0.0.0 to serve all.`,
    );
  }
  return (header) => {
    const numbers = parseVersion(header);
    if (!numbers) return { problem: problems.invalidAppVersion() };
    const version = numbers.slice(0, 3).join(".");
    return isOlder(numbers, least) ? { version, problem: problems.appVersionTooOld(minimum, appStores) } : { version };
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
