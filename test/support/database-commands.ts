/** The commands that a user of the database sends, each with all its options: see `getOptions` in `database-user.ts`. */
type Commands = Readonly<Record<string, string>>;

/**
 * What the code of each function, and of each command of operators, sends: `test/stacks/database-users.test.ts` records it. For a new
 * command or option, look at the roles in `stacks/database.ts` and docs/backups.md: is one missing, or larger than needed?
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
  support: {
    aggregate: "cursor pipeline pipeline.$group pipeline.$match",
    delete: "deletes deletes.limit deletes.q ordered",
    find: "filter limit singleBatch sort",
    insert: "documents ordered writeConcern",
    update: "ordered updates updates.q updates.u updates.upsert",
  },
  migrate: {
    aggregate: "cursor maxTimeMS pipeline pipeline.$group pipeline.$match",
    createIndexes: "indexes",
    dropIndexes: "index",
    find: "filter limit projection sort",
    findAndModify: "new query update",
    listCollections: "authorizedCollections cursor filter nameOnly",
    listIndexes: "cursor",
    update: "ordered updates updates.q updates.u updates.upsert",
  },
  dump: {
    buildInfo: "",
    count: "",
    dbStats: "",
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
  "backup create": {
    buildInfo: "",
    count: "",
    dbStats: "",
    find: "batchSize limit projection readConcern singleBatch",
    listCollections: "cursor",
    listIndexes: "cursor",
  },
  "erasures export": { find: "filter" },
  "erasures import": {
    delete: "deletes deletes.limit deletes.q ordered",
    find: "filter limit sort",
    update: "ordered updates.q updates.u updates.upsert",
  },
  restore: {
    connectionStatus: "showPrivileges",
    create: "",
    createIndexes: "indexes writeConcern",
    delete: "deletes deletes.limit deletes.q ordered",
    drop: "",
    find: "batchSize filter limit sort",
    insert: "ordered writeConcern",
    listCollections: "cursor",
    listIndexes: "cursor",
    update: "ordered updates updates.q updates.u updates.upsert writeConcern",
  },
  "restore if a collection has a validator": {
    connectionStatus: "showPrivileges",
    create: "validationAction validationLevel validator",
    createIndexes: "indexes writeConcern",
    delete: "deletes deletes.limit deletes.q ordered",
    drop: "",
    find: "batchSize filter limit sort",
    insert: "bypassDocumentValidation ordered writeConcern",
    listCollections: "cursor",
    listIndexes: "cursor",
    update: "ordered updates updates.q updates.u updates.upsert writeConcern",
  },
  "restore --erasures-from on the other database": { connectionStatus: "showPrivileges", find: "batchSize" },
};
