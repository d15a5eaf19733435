import { createClient } from "@ecobeat/mobile-client";
import Constants from "expo-constants";
import { tokens } from "./tokens.ts";

let showLogin = () => {};

/** Sets what to do when the session has ended: the login screen registers itself. */
export function whenSessionEnds(show: () => void): void {
  showLogin = show;
}

const appVersion = Constants.expoConfig?.version;

/** The only client of the app. */
export const client = createClient({
  baseUrl: process.env.EXPO_PUBLIC_API_URL ?? "http://localhost:3001",
  apiKey: process.env.EXPO_PUBLIC_API_KEY ?? "development",
  tokens,
  ...(appVersion && { appVersion }),
  onSessionEnded: () => showLogin(),
});
