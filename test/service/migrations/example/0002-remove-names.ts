import type { Migration } from "../../../../service/migrations/migration.ts";
import type { Person } from "./person.ts";

export const removeNames: Migration<Person, never> = {
  name: "0002-remove-names",
  collection: "users",
  filter: { name: { $exists: true } },
  reads: [],
  update: () => ({ $unset: { name: "" } }),
};
