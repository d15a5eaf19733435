import { BSON } from "mongodb";

/** A resource and what may be done with it, as MongoDB keeps and lists it. */
export interface Privilege {
  readonly resource: BSON.Document;
  readonly actions: readonly string[];
}

const words = (text: string) => text.trim().split(/\s+/);

const read = words(`changeStream collStats dbHash dbStats find killCursors listCollections listIndexes
  listSearchIndexes planCacheRead`);

/** The actions of built-in roles: `src/mongo/db/auth/builtin_roles.yml` in MongoDB 8.0. */
export const roles = {
  read,
  readWrite: [
    ...read,
    ...words(`cleanupStructuredEncryptionData compactStructuredEncryptionData convertToCapped createCollection
      createIndex createSearchIndexes dropCollection dropIndex dropSearchIndex insert remove renameCollectionSameDB
      update updateSearchIndex`),
  ],
  dbAdmin: words(`analyze bypassDocumentValidation collMod collStats compact convertToCapped createCollection dbStats
    dropCollection dropDatabase dropIndex dropSearchIndex createIndex createSearchIndexes enableProfiler
    listCollections listIndexes listSearchIndexes updateSearchIndex planCacheIndexFilter planCacheRead planCacheWrite
    reIndex renameCollectionSameDB storageDetails validate`),
  restore: words(`bypassDocumentValidation collMod convertToCapped createCollection createIndex createSearchIndexes
    dropCollection insert listCollections updateSearchIndex`),
} as const;

/** What a role allows in a database, or in each one if `db` is empty. */
export const getPrivileges = (role: keyof typeof roles, db = ""): Privilege[] => [
  { resource: { db, collection: "" }, actions: roles[role] },
  ...(role === "dbAdmin" ? [] : [{ resource: { db, collection: "system.js" }, actions: roles[role] }]),
];

/** The user of each connection to a fake of MongoDB, which answers as MongoDB does to a user with these privileges. */
export class DatabaseUser {
  privileges: readonly Privilege[];

  /** @param privileges by default those of `readWrite` on all databases */
  constructor(privileges = getPrivileges("readWrite")) {
    this.privileges = privileges;
  }

  /**
   * The answer to a command that the user may not run, or that asks for the user's privileges.
   * @param sequence documents that are sent with the command
   * @returns `undefined` for any other command
   */
  respond(command: BSON.Document, sequence: readonly Buffer[]): BSON.Document | undefined {
    const [name, target] = Object.entries(command)[0]!;
    if (name === "connectionStatus") return this.#status(command);
    const actions = getRequiredActions(name, getOptions(command, sequence));
    if (!actions) return { ok: 0, errmsg: `no such command: '${name}'`, code: 59, codeName: "CommandNotFound" };
    const collection = typeof target === "string" ? target : "";
    if (actions.every((action) => this.#may(action, command.$db, collection))) return undefined;
    return {
      ok: 0,
      errmsg: `not authorized on ${command.$db} to execute command ${JSON.stringify(command)}`,
      code: 13,
      codeName: "Unauthorized",
    };
  }

  #may(action: string, database: string, collection: string): boolean {
    return this.privileges.some(({ resource, actions }) => {
      if (!actions.includes(action)) return false;
      if (resource.anyResource) return true;
      if (resource.db !== "" && resource.db !== database) return false;
      // A privilege on all collections of a database is none on the server's own.
      if (resource.collection === "") return !collection.startsWith("system.");
      return resource.collection === collection;
    });
  }

  /** https://www.mongodb.com/docs/manual/reference/command/connectionStatus/ */
  #status({ showPrivileges }: BSON.Document): BSON.Document {
    return {
      authInfo: {
        authenticatedUsers: [{ user: "arn:aws:iam::111122223333:role/operator", db: "$external" }],
        authenticatedUserRoles: [],
        ...(showPrivileges && { authenticatedUserPrivileges: this.privileges }),
      },
      ok: 1,
    };
  }
}

/** Fields that the driver adds to each command. */
const driverFields = ["$db", "$clusterTime", "$readPreference", "lsid", "txnNumber"];

/** Options that the driver also sends when they are off. */
const switches = ["bypassDocumentValidation", "capped", "new", "remove", "upsert"];

/** The options of a command, with those of its updates and deletes and the stages of its pipeline: `updates.upsert`, for example. */
export function getOptions(command: BSON.Document, sequence: readonly Buffer[]): string[] {
  const [name] = Object.keys(command) as [string];
  const parts: Record<string, BSON.Document[]> = { updates: [], deletes: [], pipeline: [], ...command };
  const sequenceName = { update: "updates", delete: "deletes" }[name];
  if (sequenceName) parts[sequenceName] = [...parts[sequenceName]!, ...sequence.map((each) => BSON.deserialize(each))];
  const inner = ["updates", "deletes", "pipeline"].flatMap((part) =>
    parts[part]!.flatMap((each) => Object.keys(each).map((key) => `${part}.${key}`)),
  );
  const outer = Object.keys(command).filter(
    (key) => key !== name && !driverFields.includes(key) && !(switches.includes(key) && command[key] === false),
  );
  return [...new Set([...outer, ...inner])].sort();
}

/** Commands that need no privilege, or only that of an earlier one. */
export const freeCommands = words("buildInfo connectionStatus endSessions getMore hello ismaster killCursors ping");

/** Stages of a pipeline that only read the collection. */
const readingStages = words("$match $group $project $sort $limit $skip $count $set $unset $unwind $addFields $facet");

/**
 * The actions that a command needs: `src/mongo/db/auth/authorization_checks.cpp`, `write_commands_common.cpp` and
 * `find_and_modify.cpp` in MongoDB 8.0, and https://www.mongodb.com/docs/manual/reference/privilege-actions/.
 *
 * @returns `undefined` for an unknown command
 */
export function getRequiredActions(name: string, options: readonly string[]): readonly string[] | undefined {
  if (freeCommands.includes(name)) return [];
  const has = (option: string, ...actions: string[]) => (options.includes(option) ? actions : []);
  const bypassing = has("bypassDocumentValidation", "bypassDocumentValidation");
  const actions: Record<string, () => string[] | undefined> = {
    find: () => ["find"],
    count: () => ["find"],
    dbStats: () => ["dbStats"],
    distinct: () => ["find"],
    aggregate: () => {
      const stages = options.filter((option) => option.startsWith("pipeline.")).map((option) => option.slice(9));
      return stages.every((stage) => readingStages.includes(stage)) ? ["find"] : undefined;
    },
    insert: () => ["insert", ...bypassing],
    update: () => ["update", ...bypassing, ...has("updates.upsert", "insert")],
    delete: () => ["remove"],
    findAndModify: () => [
      "find",
      ...bypassing,
      ...has("update", "update"),
      ...has("upsert", "insert"),
      ...has("remove", "remove"),
    ],
    create: () => ["createCollection", ...has("capped", "convertToCapped")],
    createIndexes: () => ["createIndex"],
    dropIndexes: () => ["dropIndex"],
    drop: () => ["dropCollection"],
    dropDatabase: () => ["dropDatabase"],
    collMod: () => ["collMod"],
    listCollections: () => ["listCollections"],
    listIndexes: () => ["listIndexes"],
  };
  return actions[name]?.();
}
