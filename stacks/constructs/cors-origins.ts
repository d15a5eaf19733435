/**
 * Origins as the functions get them: one text, with commas between.
 *
 * @throws when one is no origin, or not by https: over http, whoever is in between could change the page that calls us
 */
export function corsOriginList(origins: readonly string[]): string {
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
