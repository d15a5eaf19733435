import { isIPv6 } from "node:net";

/** Where Expo's development server serves the app's web version: 8081 now, 19006 before SDK 49. */
const expoPorts = [8081, 19_006];

/**
 * Origins of the app's development server on this machine, by `localhost` and by its addresses on the network.
 * @param addresses IP addresses of this machine
 */
export const developmentOrigins = (addresses: readonly string[]): string[] =>
  ["localhost", ...addresses.map((address) => (isIPv6(address) ? `[${address}]` : address))].flatMap((host) =>
    expoPorts.map((port) => `http://${host}:${port}`),
  );
