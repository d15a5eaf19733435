import { randomUUID } from "node:crypto";
import type { Collection, Db, UpdateFilter } from "mongodb";
import { ConfigurationError } from "../config.ts";
import { migrationsCollection } from "../data-map.ts";
import type { Clock } from "../platform/clock.ts";

/** What the ledger knows of a migration. */
export interface LedgerEntry {
  /** The name of the migration. */
  _id: string;
  startedAt: Date;
  /** When a pass last found no document to migrate. */
  finishedAt?: Date;
  /** The id up to which the current pass has read: absent before the first document and between passes. Ids may be personal data. */
  position?: string;
  /** Documents that matched in the current pass. A pass without any ends the migration. */
  matchedInPass: number;
  /** Documents that were read, changed, and left to the next pass because another write changed them meanwhile. */
  read: number;
  changed: number;
  conflicts: number;
  /** Who migrates, and until when others leave it alone. */
  leaseOwner?: string;
  leaseExpiresAt?: Date;
}

/** How long a call that was killed keeps others away. Each batch renews the lease. */
export const leaseMilliseconds = 60_000;

/** The ledger in a database, for one caller. */
export class Ledger {
  readonly #entries: Collection<LedgerEntry>;
  readonly #clock: Clock;
  readonly #leaseOwner: string = randomUUID();

  constructor(database: Db, clock: Clock) {
    this.#entries = database.collection<LedgerEntry>(migrationsCollection);
    this.#clock = clock;
  }

  /** All entries, by name. */
  async read(): Promise<LedgerEntry[]> {
    return this.#entries.find({}).sort({ _id: 1 }).toArray();
  }

  /**
   * Takes the lease of a migration, and creates its entry if there is none.
   * @throws {ConfigurationError} while another caller has the lease
   */
  async acquire(name: string): Promise<LedgerEntry> {
    const now = new Date(this.#clock());
    await this.#entries.updateOne(
      { _id: name },
      { $setOnInsert: { startedAt: now, matchedInPass: 0, read: 0, changed: 0, conflicts: 0 } },
      { upsert: true },
    );
    const entry = await this.#entries.findOneAndUpdate(
      { _id: name, $or: [{ leaseExpiresAt: { $exists: false } }, { leaseExpiresAt: { $lte: now } }] },
      { $set: { leaseOwner: this.#leaseOwner, leaseExpiresAt: this.#nextExpiry() } },
      { returnDocument: "after" },
    );
    if (entry) return entry;
    const { leaseExpiresAt } = (await this.#entries.findOne({ _id: name })) ?? {};
    throw inProgress(name, leaseExpiresAt);
  }

  /**
   * Stores progress, and renews the lease.
   * @throws {ConfigurationError} if another caller has taken the lease, since this one was too slow
   */
  async advance(name: string, update: UpdateFilter<LedgerEntry>): Promise<LedgerEntry> {
    const entry = await this.#entries.findOneAndUpdate(
      { _id: name, leaseOwner: this.#leaseOwner },
      { ...update, $set: { ...update.$set, leaseExpiresAt: this.#nextExpiry() } },
      { returnDocument: "after" },
    );
    if (entry) return entry;
    throw inProgress(name);
  }

  /** Gives the lease back, if this caller still has it. Never throws: it also expires, and an error would hide an earlier one. */
  async release(name: string): Promise<void> {
    await this.#entries
      .updateOne({ _id: name, leaseOwner: this.#leaseOwner }, { $unset: { leaseOwner: "", leaseExpiresAt: "" } })
      .catch(() => {});
  }

  #nextExpiry(): Date {
    return new Date(this.#clock() + leaseMilliseconds);
  }
}

const inProgress = (name: string, expiresAt?: Date) =>
  new ConfigurationError(
    `The migration ${name} is already in progress: another call has its lease${expiresAt ? ` until ${expiresAt.toISOString()}` : ""}. ` +
      "It renews the lease while it works. Wait for it, or, if it was killed, run the command again after that time, a minute at most.",
  );
