/** Where an app is told to look for a newer one. The id of Apple's store is the example of its documentation: put yours. */
export const appStores = {
  ios: "https://apps.apple.com/app/id1234567890",
  android: "https://play.google.com/store/apps/details?id=app.ecobeat",
} as const;
