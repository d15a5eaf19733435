import { createClient } from "@ecobeat/mobile-client";
import { tokens } from "./tokens.ts";

let showLogin = () => {};

/** Says what to do when the session has ended: the screen with the login puts itself in here. */
export function whenSessionEnds(show: () => void): void {
  showLogin = show;
}

/** The app's one client. */
export const client = createClient({
  baseUrl: process.env.EXPO_PUBLIC_API_URL ?? "https://api.ecobeat.app",
  apiKey: process.env.EXPO_PUBLIC_API_KEY ?? "development",
  tokens,
  onSessionEnded: () => showLogin(),
});
