import { keyMap, type MappedKey } from "../../service/data-map.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { getDatabaseAddress, withDatabase } from "../backup/database.ts";
import { openLocation } from "../backup/open-location.ts";
import { readVerifiedDump } from "../backup/restore-from-location.ts";
import type { Progress } from "../cli/progress.ts";
import { IdSearch } from "./id-search.ts";
import {
  auditRecord,
  type DocumentSearch,
  erasureRecord,
  type Finding,
  searchArchive,
  searchDatabase,
  searchDump,
} from "./search-database.ts";
import { searchRedis } from "./search-redis.ts";

export interface VerifyErasureOptions {
  /** Id of the user. */
  readonly user: string;
  /** `redis://` or `rediss://` URL. @default Redis is not searched */
  readonly redisUrl?: string | undefined;
  /** Backup location. @default no backup is searched */
  readonly location?: string;
  /** The backup. @default the newest */
  readonly id?: string;
  /** Connection string of the online archive. @default the archive is not searched */
  readonly archive?: string;
}

/** What is left of a user somewhere. */
export interface Remains extends Finding {
  /** Why it is expected to be there. @default it should not be there */
  readonly expected?: string;
}

/** The result of a search of one place. */
export interface SearchedPlace {
  readonly place: string;
  /** Number of documents or keys. */
  readonly searched: number;
  readonly unit: "documents" | "keys";
  readonly seconds: number;
  readonly remains: readonly Remains[];
}

/** The result of `privacy verify-erasure`, as in its JSON output. It contains no personal data. */
export interface ErasureVerification {
  readonly outcome: "erased" | "not erased";
  /** When the account was deleted; null if there is no erasure record. */
  readonly deletedAt: string | null;
  readonly places: readonly SearchedPlace[];
  readonly notSearched: readonly { readonly place: string; readonly action: string }[];
}

const interruption = { why: "Nothing was changed.", action: "Run the command again." };

/**
 * Searches for what is left of a deleted user: in the database that `MONGODB_URI` names and, where they are given, in Redis, in a
 * backup and in the online archive. It changes nothing.
 *
 * @throws {OperatorError} if a place cannot be searched completely
 */
export async function verifyErasure(
  options: VerifyErasureOptions,
  progress: Progress,
  clock: Clock = systemClock,
): Promise<ErasureVerification> {
  const search = new IdSearch(options.user);
  const places: SearchedPlace[] = [];
  const notSearched: ErasureVerification["notSearched"][number][] = [];
  const add = (
    place: string,
    startedAt: number,
    result: { readonly searched: number; readonly unit: SearchedPlace["unit"]; readonly findings: readonly Finding[] },
    explain: (where: string) => string | undefined,
  ) => {
    const { findings, ...counts } = result;
    const remains = findings.map((finding) => {
      const expected = explain(finding.where);
      return { ...finding, ...(expected !== undefined && { expected }) };
    });
    places.push({ place, ...counts, seconds: Math.round((clock() - startedAt) / 100) / 10, remains });
  };
  const ofDocuments = ({ documents, findings }: DocumentSearch) =>
    ({ searched: documents, unit: "documents", findings }) as const;

  let startedAt = clock();
  const { deletedAt } = await withDatabase(getDatabaseAddress(), interruption, async (database) => {
    const found = await searchDatabase(database, search, progress);
    add(`database ${database.databaseName}`, startedAt, ofDocuments(found), explainRecord);
    return found;
  });

  const { redisUrl, location, id, archive } = options;
  if (redisUrl) {
    startedAt = clock();
    const { keys, findings } = await searchRedis(redisUrl, search, progress);
    add("Redis", startedAt, { searched: keys, unit: "keys", findings }, explainKey);
  } else notSearched.push({ place: "Redis", action: "set REDIS_URL" });

  if (location) {
    startedAt = clock();
    const { dump, manifest } = await readVerifiedDump(await openLocation(location), { id }, progress);
    const isOlder = deletedAt && manifest && Date.parse(manifest.startedAt) < deletedAt.getTime();
    const found = await searchDump(dump, search, progress);
    add(dump.name, startedAt, ofDocuments(found), (where) =>
      isOlder ? "older than the deletion; it expires, and a restore deletes the user again" : explainRecord(where),
    );
  } else notSearched.push({ place: "backups", action: "add --location" });

  if (archive) {
    startedAt = clock();
    await withDatabase({ uri: archive, source: "--archive" }, interruption, async (database) => {
      const found = await searchArchive(database, options.user, search, progress);
      add("online archive", startedAt, ofDocuments(found), () => archiveReason);
    });
  } else notSearched.push({ place: "online archive", action: "add --archive, where the environment has one" });

  const isErased = deletedAt !== undefined && places.every(({ remains }) => remains.every(({ expected }) => expected));
  return {
    outcome: isErased ? "erased" : "not erased",
    deletedAt: deletedAt?.toISOString() ?? null,
    places,
    notSearched,
  };
}

const archiveReason = "it cannot delete single documents: see docs/privacy.md";

const explainRecord = (where: string): string | undefined =>
  ({ [erasureRecord]: "the erasure record", [auditRecord]: "the audit log of support, which expires" })[where];

function explainKey(where: string): string | undefined {
  // A key that names another user must not contain this one.
  const kind = where.includes("USER") ? where : where.replace(/ \(value\)$/, "");
  const key = (keyMap as Readonly<Record<string, MappedKey>>)[kind];
  return key?.onDeletion.includes("expires") ? `expires within ${key.expirySeconds} s` : undefined;
}

/** The lines of a result. */
export function formatVerification({ outcome, deletedAt, places, notSearched }: ErasureVerification): string[] {
  return [
    deletedAt === null
      ? "wrong: there is no erasure record: the account was not deleted, or the id is that of no account"
      : `the account was deleted at ${deletedAt}`,
    ...places.flatMap(({ place, searched, unit, seconds, remains }) => [
      `${place}: ${searched} ${unit} searched in ${seconds} s, ${remains.length === 0 ? "nothing found" : "found:"}`,
      ...remains.map(({ where, count, expected }) =>
        expected === undefined
          ? `  wrong  ${where}: ${count} ${unit}`
          : `  ok  ${where}: ${count} ${unit}, expected: ${expected}`,
      ),
    ]),
    ...notSearched.map(({ place, action }) => `unknown: not searched: ${place} (${action})`),
    outcome === "erased" ? "nothing is left but what is expected" : "the erasure is not complete: see docs/privacy.md",
  ];
}
