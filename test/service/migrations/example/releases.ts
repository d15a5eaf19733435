import type { AnyMigration } from "../../../../service/migrations/migration.ts";
import { copyNames } from "./0001-copy-names.ts";
import { removeNames } from "./0002-remove-names.ts";
import type { Person } from "./person.ts";

/** What a release does with the name of a person, and the migrations in its list. */
export interface Release {
  read(person: Person): string;
  change(name: string): Partial<Person>;
  readonly migrations: readonly AnyMigration[];
}

export const today: Release = { read: ({ name }) => name, change: (name) => ({ name }), migrations: [] };

/** Writes both fields. The old one is still the right one. */
export const expand: Release = {
  read: ({ name }) => name,
  change: (name) => ({ name, displayName: name }),
  migrations: [copyNames],
};

/** Reads the new field. The old one stays up to date for a rollback. */
export const change: Release = {
  read: ({ displayName }) => displayName,
  change: (name) => ({ name, displayName: name }),
  migrations: [],
};

/** No longer writes the old field, and removes it. */
export const contract: Release = {
  read: ({ displayName }) => displayName,
  change: (name) => ({ displayName: name }),
  migrations: [removeNames],
};
