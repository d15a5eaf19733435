import type { Migration } from "../../../../service/migrations/migration.ts";
import type { Person } from "./person.ts";

export const copyNames: Migration<Person, "name"> = {
  name: "0001-copy-names",
  collection: "users",
  // Also finds a copy that is out of date, because the release before has changed only the name.
  filter: { name: { $exists: true }, $expr: { $ne: ["$displayName", "$name"] } },
  reads: ["name"],
  update: ({ name }) => ({ $set: { displayName: name } }),
};
