import type { Collection, Db } from "mongodb";
import { auditCollection } from "../data-map.ts";
import type { SupportAction } from "./requests.ts";

/** What a person is about to do, and why. Written before the act. */
export interface AuditEntry {
  /** The request id of Lambda, which the log of the function has, too. */
  _id: string;
  at: Date;
  /** ARN of the AWS identity that signed the request: the person's session of a role. */
  caller: string;
  sourceIp: string;
  action: SupportAction;
  reason: string;
  /** Whether the response contains personal data as it is. */
  discloses: boolean;
  /** The account; a search has none. */
  userId?: string;
  /** What a search was for, masked. */
  searched?: string;
}

/** How an act ended. Written after it, as a document of its own, so that the function needs no permission to change an entry. */
export interface AuditOutcome {
  /** `_id` of the entry, with `.outcome`. */
  _id: string;
  /** `_id` of the entry. */
  entry: string;
  at: Date;
  outcome: "done" | "failed";
  /** Type of the problem with which it failed. */
  problem?: string;
  /** The account, also of one that a search has found. */
  userId?: string;
}

type AuditDocument = AuditEntry | AuditOutcome;

/** An entry with its outcome. Without one, how the act ended is unknown. */
export type AuditRecord = AuditEntry & { outcome?: AuditOutcome };

/** More than an account has in the two years that entries stay, unless something is wrong. */
const maxListed = 200;

/** Acknowledged by a majority: a failover does not lose an entry of which the act was done. */
const writeConcern = { w: "majority" } as const;

/** Who did what to whose account, and why. It only adds documents: its role in the database may not change or delete them. */
export class AuditLog {
  readonly #documents: Collection<AuditDocument>;

  constructor(database: Db) {
    this.#documents = database.collection<AuditDocument>(auditCollection);
  }

  /** Writes an entry. The act may begin when this resolves, and not if it rejects. */
  async begin(entry: AuditEntry): Promise<void> {
    await this.#documents.insertOne(entry, { writeConcern });
  }

  /** Writes how the act of an entry ended. */
  async end(outcome: Omit<AuditOutcome, "_id">): Promise<void> {
    await this.#documents.insertOne({ _id: `${outcome.entry}.outcome`, ...outcome }, { writeConcern });
  }

  /** The newest entries about an account, newest first: also searches that found it. */
  async list(userId: string): Promise<AuditRecord[]> {
    const found = await this.#documents.find({ userId }).sort({ at: -1 }).limit(maxListed).toArray();
    const ids = new Set(found.map((each) => each._id));
    // The entry of a search has no account.
    const missing = found.flatMap((each) => (isOutcome(each) && !ids.has(each.entry) ? [each.entry] : []));
    const entries = [...found, ...(missing.length > 0 ? await this.#findEntries(missing) : [])];
    const outcomes = new Map(entries.filter(isOutcome).map((each) => [each.entry, each]));
    return entries
      .filter((each): each is AuditEntry => !isOutcome(each))
      .map((entry) => ({ ...entry, ...(outcomes.has(entry._id) && { outcome: outcomes.get(entry._id)! }) }))
      .sort((a, b) => b.at.getTime() - a.at.getTime());
  }

  #findEntries(ids: string[]): Promise<AuditDocument[]> {
    return this.#documents.find({ _id: { $in: ids } }).toArray();
  }
}

const isOutcome = (document: AuditDocument): document is AuditOutcome => "entry" in document;
