import type { MailLink } from "@ecobeat/mobile-client";
import * as Linking from "expo-linking";
import { client } from "./client.ts";

/**
 * Calls a function for each link of a mail that opens the app, also for the one that starts it. Call it once: each call opens that one.
 * @returns a function that stops it
 */
export function whenLinkOpens(open: (link: MailLink) => void): () => void {
  const take = (url: string | null) => {
    const link = url === null ? undefined : client.parseLink(url);
    if (link) open(link);
  };
  const subscription = Linking.addEventListener("url", ({ url }) => take(url));
  Linking.getInitialURL().then(take, () => {});
  return () => subscription.remove();
}
