/**
 * The app's minimum version as the functions get it.
 *
 * @throws when it is none: they would refuse to start
 */
export function validateMinimumAppVersion(version: string): string {
  if (!/^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}$/.test(version)) {
    throw new Error(
      `"${version}" is to be the oldest version of the app that is served. The functions take three numbers with dots between. ` +
        "Write it as 1.4.0 in the table of environments, or as 0.0.0 to serve all.",
    );
  }
  return version;
}
