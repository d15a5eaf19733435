/** Where Expo's development server serves the app's web version: 8081 now, 19006 before SDK 49. */
const expoPorts = [8081, 19_006];

/**
 * Origins of the app's development server on this machine.
 * @param network URLs under which others on the network reach this machine
 */
export const developmentOrigins = (network: readonly string[]): string[] =>
  ["http://localhost", ...network].flatMap((url) =>
    expoPorts.map((port) => `http://${new URL(url).hostname}:${port}`),
  );
