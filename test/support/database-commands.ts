/** The commands that a user of the database sends, each with all its options: see `getOptions` in `database-user.ts`. */
type Commands = Readonly<Record<string, string>>;

/**
 * What the code of each function sends, recorded by `test/stacks/database-users.test.ts`. A command or an option that is not here needs
 * a look at the roles of the user in `stacks/database.ts`: does one allow it, and is a smaller one no longer sufficient?
 *
 * The restore test also sends `bypassDocumentValidation` if a collection has a validator. None has: see docs/backups.md.
 */
export const databaseCommands: Readonly<Record<string, Commands>> = {
  auth: {
    find: "filter limit projection singleBatch",
    insert: "documents ordered",
    update: "ordered updates updates.q updates.u",
  },
  api: {
    delete: "deletes deletes.limit deletes.q ordered",
    find: "filter limit projection singleBatch sort",
    findAndModify: "new query update",
    update: "ordered updates updates.q updates.u updates.upsert",
  },
  migrate: {
    createIndexes: "indexes",
    listCollections: "authorizedCollections cursor filter nameOnly",
    listIndexes: "cursor",
  },
  dump: {
    buildInfo: "",
    count: "",
    find: "batchSize limit projection readConcern singleBatch",
    listCollections: "cursor",
    listIndexes: "cursor",
  },
  "restore-test": {
    connectionStatus: "showPrivileges",
    create: "",
    createIndexes: "indexes writeConcern",
    delete: "deletes deletes.limit deletes.q ordered",
    drop: "",
    find: "batchSize filter limit sort",
    insert: "ordered writeConcern",
    listCollections: "authorizedCollections cursor filter nameOnly",
    listIndexes: "cursor",
    update: "ordered updates updates.q updates.u updates.upsert writeConcern",
  },
};
