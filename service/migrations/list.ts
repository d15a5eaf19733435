import type { AnyMigration } from "./migration.ts";

/**
 * The migrations of this release, by number. Delete one, with its file, a release after the one that contracts: see docs/migrations.md.
 */
export const migrations: readonly AnyMigration[] = [];
