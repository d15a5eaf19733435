import { appScheme, linkActions, linksRoute } from "./openapi.ts";

/** What a link of a mail is for. */
export type LinkAction = (typeof linkActions)[number];

/** A link of a mail that opens the app. */
export interface MailLink {
  readonly action: LinkAction;
  /** Send it with the user's confirmation. Keep it in memory alone. */
  readonly token: string;
}

/** `?token=` among other parameters, which mail programs may add. */
const query = /^\?(?:[^#]*&)?token=([\w-]{1,128})(?:[&#]|$)/;

/**
 * Reads a link of a mail: a universal link of the API's own address, or one of the app's scheme. It compares beginnings, as phones have
 * different parsers of URLs: no other host, port or user information can look like the API's.
 * @param baseUrl of the API, without a trailing slash
 * @returns undefined for any other URL: ignore it
 */
export function parseLink(url: string, baseUrl: string): MailLink | undefined {
  for (const action of linkActions) {
    // Some browsers add a slash after what they take for a host.
    for (const page of [`${baseUrl}${linksRoute}/${action}`, `${appScheme}://${action}`, `${appScheme}://${action}/`]) {
      const token = url.startsWith(page) ? query.exec(url.slice(page.length))?.[1] : undefined;
      if (token !== undefined) return { action, token };
    }
  }
  return undefined;
}
