import { type Db, MongoServerError } from "mongodb";
import { OperatorError } from "../cli/errors.ts";
import { restoreMarker } from "./database.ts";
import { type CollectionMetadata, hasValidator } from "./metadata.ts";

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

/** Actions of a restore on collections. The role `readWrite` allows all of them. */
const restoreActions = "createCollection createIndex dropCollection find insert listIndexes remove update".split(" ");

/** The roles `dbAdmin` and `restore` allow it, but not `readWrite`. */
const bypassValidation = "bypassDocumentValidation";

/** The privilege of a superuser lists only this action. */
const anyAction = "anyAction";

/**
 * Asks the server, with one command, whether the user has all privileges for a restore. It accepts a server that has no
 * authentication, rejects the command, or lists no privileges: such a server still checks each command.
 *
 * @param targets collections that the restore inserts into, with their options at that time
 * @param dropped names of collections that exist before the restore
 * @throws {OperatorError} if a privilege is missing
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
    ...findMissing(privileges, databaseName, restoreActions, names),
    ...findMissing(privileges, databaseName, [bypassValidation], validated),
  ];
  if (missing.length === 0) return;
  const isValidated = validated.length > 0;
  const reason = isValidated ? `, and documents can violate the validator of ${validated.join(", ")}` : "";
  throw new OperatorError("restore-privileges-missing", {
    what: `The database user lacks privileges on ${databaseName}, and nothing was dropped or written.`,
    why: `The restore needs ${missing.join("; ")}${reason}.`,
    action: `Grant the user ${isValidated ? "the roles readWrite and dbAdmin" : "the role readWrite"} on ${databaseName}, and run the command again.`,
  });
}

/**
 * https://www.mongodb.com/docs/manual/reference/command/connectionStatus/
 *
 * @returns `undefined` if the server has no authentication or lists none, as Atlas's shared clusters did:
 *   https://github.com/mongodb-js/compass/pull/2959
 */
async function listPrivileges(database: Db): Promise<readonly Privilege[] | undefined> {
  try {
    const { authInfo } = await database.command({ connectionStatus: 1, showPrivileges: true });
    const privileges: readonly Privilege[] = authInfo.authenticatedUserPrivileges ?? [];
    return authInfo.authenticatedUsers.length > 0 && privileges.length > 0 ? privileges : undefined;
  } catch (error) {
    if (error instanceof MongoServerError) return undefined;
    throw error;
  }
}

/** Actions that the user lacks on some of the collections, each with the first such collection. */
function findMissing(
  privileges: readonly Privilege[],
  database: string,
  actions: readonly string[],
  names: readonly string[],
): string[] {
  return actions.flatMap((action) => {
    const allowed = privileges.filter(({ actions }) => actions.includes(action) || actions.includes(anyAction));
    const missing = names.find((name) => !allowed.some(({ resource }) => covers(resource, database, name)));
    return missing === undefined ? [] : `${action} on ${missing}`;
  });
}

/** https://www.mongodb.com/docs/manual/reference/resource-document/ */
function covers({ db, collection, anyResource }: Privilege["resource"], database: string, name: string): boolean {
  if (anyResource) return true;
  if (db !== "" && db !== database) return false;
  // "All collections" excludes system collections such as system.js.
  return collection === "" ? !name.startsWith("system.") : collection === name;
}
