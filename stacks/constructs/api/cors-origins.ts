/**
 * Origins as the functions get them: one text, with commas between.
 *
 * @throws when there is none, or one is no origin, or not by https: over http, whoever is in between could change the page that calls us
 */
export function toCorsOriginList(origins: readonly string[]): string {
  if (origins.length === 0) {
    throw new Error(
      "No origin may call the API from a browser. The functions need at least one, and refuse to start. Name the origins of " +
        "the app's pages in the table of environments, such as https://app.ecobeat.app.",
    );
  }
  for (const origin of origins) {
    if (!origin.startsWith("https://") || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error(
        `"${origin}" is to be an origin that may call the API from a browser. Browsers name an origin as scheme and host, ` +
          "without a path or a slash at the end, and compare letter by letter; ours are by https alone. Write it as " +
          "https://app.ecobeat.app.",
      );
    }
  }
  return origins.join(",");
}
