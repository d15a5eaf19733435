import type { Collection, Db } from "mongodb";
import type { ActivityRepository } from "../activities/repository.ts";
import { problems } from "../platform/problems.ts";

/** The mark of a deleted account. It names nobody: the id is random, and what it belonged to is gone. */
interface Erasure {
  /** Id of the user. */
  _id: string;
  deletedAt: Date;
  /** Whether a write that was under way may still have left something: see {@link Erasures.sweep}. */
  pending?: true;
}

/** Longer than an access token lives after its account, and a request after its token. */
const latestWriteMilliseconds = 20 * 60 * 1000;

/** At each deletion, so that none takes long. */
const sweptAtOnce = 10;

/**
 * Marks of accounts that were deleted. Backups and the archive of old activities still hold their data, and the archive
 * cannot be written: whoever restores from a backup, or reads the archive, leaves out whom a mark names. A backup holds the
 * marks of its own time alone: those made since come from the database that it replaces.
 *
 * Marks have no expiry: they must outlive backups, and what the archive keeps for years.
 */
export class Erasures {
  readonly #marks: Collection<Erasure>;

  constructor(database: Db) {
    this.#marks = database.collection<Erasure>("erasures");
  }

  /** Marks an account. Again is safe: the first time counts. */
  async mark(userId: string, now: Date): Promise<void> {
    await this.#marks.updateOne(
      { _id: userId },
      { $setOnInsert: { deletedAt: now, pending: true } },
      { upsert: true },
    );
  }

  /**
   * Runs a write of activities so that it leaves nothing behind of an account that was deleted before or meanwhile: access
   * tokens outlive their account by minutes. A write that ends before the mark is made, the deletion removes; any other
   * finds the mark afterwards, and removes what it wrote. Should the database fail just then, {@link sweep} removes it.
   *
   * @throws the problem `invalid-token` if the account was deleted
   */
  async guard<T>(userId: string, activities: ActivityRepository, write: () => Promise<T>): Promise<T> {
    if (await this.#isMarked(userId)) throw createAccountDeletedProblem();
    const [outcome] = await Promise.allSettled([write()]);
    if (await this.#isMarked(userId)) {
      await activities.deleteAllOfUser(userId);
      throw createAccountDeletedProblem();
    }
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  }

  /**
   * Removes what writes have left behind of accounts that were deleted so long ago that no more can come. Safe to run again,
   * and by several at once.
   */
  async sweep(activities: ActivityRepository, now: number): Promise<void> {
    const deletedAt = { $lt: new Date(now - latestWriteMilliseconds) };
    const due = await this.#marks.find({ pending: true, deletedAt }).limit(sweptAtOnce).toArray();
    for (const { _id } of due) {
      await activities.deleteAllOfUser(_id);
      await this.#marks.updateOne({ _id }, { $unset: { pending: true } });
    }
  }

  async #isMarked(userId: string): Promise<boolean> {
    return (await this.#marks.findOne({ _id: userId })) !== null;
  }
}

const createAccountDeletedProblem = () => problems.invalidToken(new Error("its account was deleted"));
