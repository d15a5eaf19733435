/** The modules that export what Lambda calls: one for each archive, from the repository's folder. */
export const entries = {
  /** The service, and the migration of its database. */
  service: "service/lambda.ts",
  /** The functions that create and verify backups. */
  backups: "scripts/backup/lambda/entry.ts",
  /** The functions that send mails and support users. */
  accounts: "service/accounts/entry.ts",
  preTraffic: "scripts/release/pre-traffic/entry.ts",
} as const;
