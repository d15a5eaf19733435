import { type Db, MongoServerError } from "mongodb";
import { restoreMarker } from "./database.ts";
import { BackupError } from "./errors.ts";
import { type CollectionMetadata, hasValidator } from "./metadata.ts";

/** https://www.mongodb.com/docs/manual/reference/command/connectionStatus/ */
interface ConnectionStatus {
  readonly authInfo: {
    readonly authenticatedUsers: readonly unknown[];
    readonly authenticatedUserPrivileges?: readonly Privilege[];
  };
}

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

/** What a restore does with collections. The role `readWrite` allows all of it. */
const restoreActions = [
  "createCollection",
  "createIndex",
  "dropCollection",
  "find",
  "insert",
  "listIndexes",
  "remove",
  "update",
];

/** The roles `dbAdmin` and `restore` allow it, `readWrite` does not. */
const bypassValidation = "bypassDocumentValidation";

/** A superuser's privilege lists this action alone, in place of all others. */
const anyAction = "anyAction";

/**
 * Asks the server, in one command, whether the user has all privileges that a restore needs. It is no error if the server has no
 * authentication, refuses the command, or lists no privileges: such a server checks each command when it comes.
 *
 * @param targets collections that documents are inserted into, with the options that they have then
 * @param dropped names of collections that are there before the restore
 * @throws {BackupError} if a privilege is missing
 */
export async function requireRestorePrivileges(
  database: Db,
  targets: readonly CollectionMetadata[] = [],
  dropped: readonly string[] = [],
): Promise<void> {
  const privileges = await listPrivileges(database);
  if (!privileges) return;
  const { databaseName } = database;
  const names = [restoreMarker, ...targets.map(({ name }) => name), ...dropped];
  const validated = targets.filter(hasValidator).map(({ name }) => name);
  const missing = [
    ...missingPrivileges(privileges, databaseName, restoreActions, names),
    ...missingPrivileges(privileges, databaseName, [bypassValidation], validated),
  ];
  if (missing.length === 0) return;
  const [roles, reason] =
    validated.length > 0
      ? [
          "roles readWrite and dbAdmin",
          ` Documents of the backup may violate the validator of ${validated.join(", ")}.`,
        ]
      : ["role readWrite", ""];
  throw new BackupError(
    `The database user lacks privileges on ${databaseName} that this restore needs: ${missing.join("; ")}.${reason} Nothing was ` +
      `dropped or written. Grant the user the ${roles} on ${databaseName}, and restore again.`,
  );
}

/**
 * @returns `undefined` if the server has no authentication or lists none, as Atlas's shared clusters did:
 *   https://github.com/mongodb-js/compass/pull/2959
 */
async function listPrivileges(database: Db): Promise<readonly Privilege[] | undefined> {
  try {
    const status = await database.command({ connectionStatus: 1, showPrivileges: true });
    const { authenticatedUsers, authenticatedUserPrivileges } = (status as ConnectionStatus).authInfo;
    return authenticatedUsers.length > 0 && authenticatedUserPrivileges?.length
      ? authenticatedUserPrivileges
      : undefined;
  } catch (error) {
    if (error instanceof MongoServerError) return undefined;
    throw error;
  }
}

/** Actions that the user may not perform on each of the collections, with the first one on which it may not. */
function missingPrivileges(
  privileges: readonly Privilege[],
  database: string,
  actions: readonly string[],
  names: readonly string[],
): string[] {
  return actions.flatMap((action) => {
    const allowed = privileges.filter(
      ({ actions }) => actions.includes(action) || actions.includes(anyAction),
    );
    const missing = names.find((name) => !allowed.some(({ resource }) => covers(resource, database, name)));
    return missing === undefined ? [] : `${action} on ${missing}`;
  });
}

/** https://www.mongodb.com/docs/manual/reference/resource-document/ */
function covers(
  { db, collection, anyResource }: Privilege["resource"],
  database: string,
  name: string,
): boolean {
  if (anyResource) return true;
  if (db !== "" && db !== database) return false;
  // "All collections" leaves out the server's own, such as system.js.
  return collection === "" ? !name.startsWith("system.") : collection === name;
}
