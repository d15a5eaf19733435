/**
 * The credentials of a profile in the AWS configuration, as the setting of a client. The SDK's own setting `profile` prints a
 * warning where the environment has keys of another account, too.
 *
 * @param profile @default the SDK's default credentials
 */
export const withProfile = (profile?: string) => ({
  ...(profile && { credentials: async () => (await import("@aws-sdk/credential-providers")).fromIni({ profile })() }),
});
