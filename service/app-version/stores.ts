import { androidPackage } from "../company.ts";
/** Where the app finds a newer version. The id in Apple's store is the example of its documentation: replace it by yours. */
export const appStores = {
  ios: "https://apps.apple.com/app/id1234567890",
  android: `https://play.google.com/store/apps/details?id=${androidPackage}`,
} as const;
