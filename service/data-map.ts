/**
 * The data map: everything that the service stores, whose data it is, and how long it stays. Indexes, the deletion of an account, its
 * export, erasures after a restore and the tables of `docs/privacy.md` come from it. A collection or a key in Redis without an entry
 * fails the tests.
 */
import type { IndexDescription } from "mongodb";
import { defaultTokens } from "./config.ts";
import { activities } from "./contract.ts";

/** An index as the service declares it. */
export type DeclaredIndex = IndexDescription & { name: string };

/** Data of one user: deleted with the account, and erased again after a restore. */
interface Personal {
  /** The field with the id of the user. An index must begin with it. */
  readonly userField: string;
  /** The member of the export of an account that contains it. */
  readonly exportedAs: string;
}

/** Data that stay when an account is deleted. */
interface NotPersonal {
  /** Why not. */
  readonly notPersonal: string;
}

/** A collection of the database. */
export type MappedCollection = {
  /** What its documents are. */
  readonly content: string;
  /** How long they stay. */
  readonly retention: string;
  /** Whether the online archive takes old ones. @default false */
  readonly isArchived?: boolean;
  /** Those that the service needs, besides that of `_id`. */
  readonly indexes: readonly DeclaredIndex[];
} & (Personal | NotPersonal);

/** A kind of keys in Redis. */
export interface MappedKey {
  /** What its values are. */
  readonly content: string;
  /** In how many seconds from its last write Redis deletes it by itself, at the latest. */
  readonly expirySeconds: number;
  /** What a deletion of the account does with it. */
  readonly onDeletion: string;
  /** The member of the export of an account that contains it. @default it is in none */
  readonly exportedAs?: string;
}

/**
 * How long a tombstone of a deleted activity stays. A phone that was offline for longer may record the activity again.
 */
const tombstoneDays = 90;

/** How long entries of the audit log stay: two years, in which a misuse of support should become known. */
const auditDays = 730;

/** Every collection, by name. `npm run ops -- migrate` creates the indexes; a request never does. */
export const dataMap = {
  users: {
    content: "account: e-mail address, when it was confirmed, name, hash of the password",
    retention: "until the account is deleted",
    userField: "_id",
    exportedAs: "profile",
    indexes: [
      { name: "email_canonical", key: { emailCanonical: 1 }, unique: true },
      {
        name: "registration_key",
        key: { registrationKey: 1 },
        unique: true,
        partialFilterExpression: { registrationKey: { $exists: true } },
      },
    ],
  },
  [activities.collection]: {
    content: "activities, and tombstones of deleted ones",
    retention: `until the account is deleted; tombstones ${tombstoneDays} days`,
    isArchived: true,
    userField: activities.userField,
    exportedAs: "activities",
    indexes: [
      { name: "user_time", key: { userId: 1, occurredAt: -1, _id: -1 } },
      { name: "user_kind_time", key: { userId: 1, kind: 1, occurredAt: -1, _id: -1 } },
      // For the online archive of Atlas, which searches old activities every night.
      { name: "time", key: { [activities.timeField]: 1 } },
      {
        name: "tombstone_expiry",
        key: { deletedAt: 1 },
        sparse: true,
        expireAfterSeconds: tombstoneDays * 24 * 60 * 60,
      },
    ],
  },
  erasures: {
    content: "erasure records: the random id of a deleted account, and when it was deleted",
    retention: "no end: they must outlive backups and the archive",
    notPersonal: "the id names no person once its account is gone",
    indexes: [
      // Partial: only the few marks that are not yet swept.
      { name: "pending", key: { pending: 1, deletedAt: 1 }, partialFilterExpression: { pending: true } },
    ],
  },
  audit: {
    content:
      "audit log of support: operator and address of the network, reason, action, id of the account; of a search, the masked e-mail address",
    retention: `${auditDays} days`,
    notPersonal: "the id names no person once its account is gone, and who looked at an account must stay known",
    indexes: [
      { name: "user_time", key: { userId: 1, at: -1 } },
      { name: "expiry", key: { at: 1 }, expireAfterSeconds: auditDays * 24 * 60 * 60 },
    ],
  },
  migrations: {
    content: "how far the migrations of documents are",
    retention: "no end: they say what the database was migrated to",
    notPersonal: "it has at most the key of one document, until a migration is complete",
    indexes: [],
  },
} as const satisfies Record<string, MappedCollection>;

/** The name of a collection of the data map. */
export type CollectionName = keyof typeof dataMap;

/** The collection whose documents are the accounts: a deletion removes them last. */
export const accountsCollection = "users" satisfies CollectionName;

/** The collection of erasure records, one for each deleted user: `{ _id: user's id, deletedAt }`. */
export const erasuresCollection = "erasures" satisfies CollectionName;

/** The collection of the audit log of support. It names accounts by their ids, also after their deletion. */
export const auditCollection = "audit" satisfies CollectionName;

/** The collection that says how far migrations are. Backups contain it, so that it agrees with their data. */
export const migrationsCollection = "migrations" satisfies CollectionName;

/** Collections with documents of users, and the field with the id of the user. */
export const userCollections: readonly { readonly collection: string; readonly field: string }[] = Object.entries(
  dataMap as Record<string, MappedCollection>,
).flatMap(([collection, entry]) => ("userField" in entry ? [{ collection, field: entry.userField }] : []));

/** Every key in Redis, after the prefix: `USER` and `SESSION` are ids, `LIMIT` is a name and `HASH` a keyed hash. */
export const keyMap = {
  "{USER}:session:SESSION": {
    content: "session: keyed hashes of refresh tokens, device, country",
    expirySeconds: defaultTokens.sessionIdleSeconds,
    onDeletion: "deleted",
    exportedAs: "sessions",
  },
  "{USER}:sessions": {
    content: "ids of the user's sessions",
    expirySeconds: defaultTokens.sessionIdleSeconds,
    onDeletion: "deleted",
  },
  "{USER}:revoked": { content: "when all sessions were ended", expirySeconds: 60, onDeletion: "written, and expires" },
  "{USER}:cached": { content: "profile and monthly summaries", expirySeconds: 5 * 60, onDeletion: "deleted" },
  "limit:LIMIT:HASH": {
    content: "number of requests; the address or network of the client only as a keyed hash",
    expirySeconds: 15 * 60,
    onDeletion: "expires",
  },
  "link:HASH": {
    content: "link of a mail: what it does, the user's id, and the new address of a change",
    expirySeconds: 24 * 60 * 60,
    onDeletion: "expires, and is invalid",
  },
} as const satisfies Record<string, MappedKey>;

/** The members that the export of an account must have. */
export type ExportedMember = Extract<
  (typeof dataMap)[CollectionName] | (typeof keyMap)[keyof typeof keyMap],
  { exportedAs: string }
>["exportedAs"];
