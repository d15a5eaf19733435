import { type Db, MongoServerError } from "mongodb";
import { erasuresCollection, userCollections } from "../../service/data-map.ts";
import { OperatorError } from "../cli/errors.ts";
import { restoreMarker } from "./database.ts";
import { type CollectionMetadata, hasValidator } from "./metadata.ts";

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

/** Actions of a restore on the collections that it creates. */
const restoreActions = "createCollection createIndex dropCollection find insert listIndexes remove update".split(" ");

/** The privilege of a superuser lists only this action. */
const anyAction = "anyAction";

/** What a restore will do. */
export interface RestorePlan {
  /** Collections that the restore inserts into, with their options at that time. @default none is known yet */
  readonly targets?: readonly CollectionMetadata[];
  /** Names of collections that it drops. @default none */
  readonly dropped?: readonly string[];
  /** Another database with erasure records. @default none */
  readonly erasuresFrom?: Db | undefined;
}

/** Actions on collections of a database, and the smallest role of Atlas that allows them. */
interface Need {
  readonly database: Db;
  readonly actions: readonly string[];
  readonly names: readonly string[];
  readonly role: "read" | "readWrite" | "dbAdmin";
}

/**
 * Asks each server, with one command, whether the user has all privileges for a restore. It accepts a server that has no
 * authentication, rejects the command, or lists no privileges: such a server still checks each command.
 *
 * @throws {OperatorError} if a privilege is missing
 */
export async function requireRestorePrivileges(database: Db, plan: RestorePlan = {}): Promise<void> {
  const { targets = [], dropped = [], erasuresFrom } = plan;
  const validated = getNames(targets.filter(hasValidator));
  const needs: Need[] = [
    { actions: restoreActions, names: [restoreMarker, ...getNames(targets)] },
    { actions: ["convertToCapped"], names: getNames(targets.filter(({ options }) => options.has("capped"))) },
    { actions: ["dropCollection"], names: dropped },
    { actions: ["find", ...(erasuresFrom ? ["insert", "listIndexes"] : [])], names: [erasuresCollection] },
    { actions: ["remove"], names: userCollections.map(({ collection }) => collection) },
  ].map((need) => ({ ...need, database, role: "readWrite" }));
  needs.push({ database, actions: ["bypassDocumentValidation"], names: validated, role: "dbAdmin" });
  if (erasuresFrom) {
    needs.push({ database: erasuresFrom, actions: ["find"], names: [erasuresCollection], role: "read" });
  }
  const privileges = new Map<Db, Awaited<ReturnType<typeof listPrivileges>>>();
  for (const each of new Set(needs.map(({ database }) => database))) privileges.set(each, await listPrivileges(each));

  const missing = needs.flatMap((need) => {
    const { databaseName } = need.database;
    const found = findMissing(privileges.get(need.database), databaseName, need.actions, need.names);
    return found.map((text) => ({ text: `${text} of ${databaseName}`, role: need.role, databaseName }));
  });
  if (missing.length === 0) return;
  const roles = new Set(missing.map(({ role, databaseName }) => `the role ${role} on ${databaseName}`));
  const reason = missing.some(({ role }) => role === "dbAdmin")
    ? `, and documents can violate the validator of ${validated.join(", ")}`
    : "";
  throw new OperatorError("restore-privileges-missing", {
    what: `The database user lacks privileges for ${database.databaseName}, and nothing was dropped or written.`,
    why: `The restore needs ${[...new Set(missing.map(({ text }) => text))].join("; ")}${reason}.`,
    action: `Grant the user ${[...roles].join(" and ")}, and run the command again.`,
  });
}

const getNames = (collections: readonly CollectionMetadata[]): string[] => collections.map(({ name }) => name);

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
  privileges: readonly Privilege[] | undefined,
  database: string,
  actions: readonly string[],
  names: readonly string[],
): string[] {
  if (!privileges) return [];
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
