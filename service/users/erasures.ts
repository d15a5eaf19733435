import type { Collection, Db } from "mongodb";
import { dependencyNames } from "../contract.ts";
import { accountsCollection, erasuresCollection, userCollections } from "../data-map.ts";
import { UnavailableError } from "../platform/deadline.ts";
import { problems } from "../platform/problems.ts";

/** The mark of a deleted account. It identifies no person: the id is random, and its account is gone. */
interface Erasure {
  /** Id of the user. */
  _id: string;
  deletedAt: Date;
  /** Whether a write in progress may have left something: see {@link Erasures.sweep}. */
  pending?: true;
}

/** Where a deletion removes data before it removes the account. */
const otherCollections = userCollections.filter(({ collection }) => collection !== accountsCollection);

/** Longer than an access token outlives its account, and a request its token. */
const latestWriteMilliseconds = 20 * 60 * 1000;

/** For each deletion, so that none takes long. */
const sweptAtOnce = 10;

/**
 * Marks of deleted accounts. Backups and the archive of old activities still contain their data, and the archive is read-only: a
 * restore, and anyone who reads the archive, excludes marked accounts. A backup contains only the marks of its own time; later
 * marks come from the database that it replaces.
 *
 * Marks do not expire: they must outlive backups and the archive, which keeps data for years.
 */
export class Erasures {
  readonly #database: Db;
  readonly #marks: Collection<Erasure>;

  constructor(database: Db) {
    this.#database = database;
    this.#marks = database.collection<Erasure>(erasuresCollection);
  }

  /** Marks an account. Safe to repeat: the first time counts. */
  async mark(userId: string, now: Date): Promise<void> {
    await this.#marks.updateOne({ _id: userId }, { $setOnInsert: { deletedAt: now, pending: true } }, { upsert: true });
  }

  /** Deletes all documents of a user in the collections of the data map, except the account. Safe to repeat. */
  async deleteData(userId: string): Promise<void> {
    await Promise.all(
      otherCollections.map(({ collection, field }) =>
        this.#database.collection(collection).deleteMany({ [field]: userId }),
      ),
    );
  }

  /**
   * Comes after each write of a user's data, so that it leaves nothing of an account that was deleted before or meanwhile: access tokens
   * outlive their account by minutes. If the write ends before the mark exists, the deletion removes its data. Otherwise this finds
   * the mark, and removes the data. If the database fails at that time, {@link sweep} removes it. A look for the mark before the
   * write would not make this one superfluous.
   *
   * @throws the problem `invalid-token` if the account was deleted
   */
  async confirmWrite(userId: string): Promise<void> {
    if (!(await this.#isMarked(userId))) return;
    await this.deleteData(userId);
    throw createAccountDeletedProblem();
  }

  /**
   * Removes what writes have left of accounts that were deleted so long ago that no more writes can come. Safe to repeat, and to run
   * concurrently.
   */
  async sweep(now: number): Promise<void> {
    const deletedAt = { $lt: new Date(now - latestWriteMilliseconds) };
    const due = await this.#marks.find({ pending: true, deletedAt }).limit(sweptAtOnce).toArray();
    for (const { _id } of due) {
      await this.deleteData(_id);
      await this.#marks.updateOne({ _id }, { $unset: { pending: true } });
    }
  }

  /**
   * The error for a user of a valid token who is not in the database. Only the mark shows that the account was deleted: it is there
   * before the account is gone. A database that has lost users, or into which they are being restored, must not log them out.
   *
   * @returns the problem `invalid-token` if the account was deleted, or else an {@link UnavailableError}
   */
  async explainMissing(userId: string): Promise<Error> {
    if (await this.#isMarked(userId)) return createAccountDeletedProblem();
    const message = "an account is neither stored nor marked as deleted";
    return new UnavailableError(message, { dependency: dependencyNames.database });
  }

  /** When an account was deleted; undefined if it was not, or never existed. */
  async findDeletion(userId: string): Promise<Date | undefined> {
    return (await this.#marks.findOne({ _id: userId }))?.deletedAt;
  }

  async #isMarked(userId: string): Promise<boolean> {
    return (await this.findDeletion(userId)) !== undefined;
  }
}

const createAccountDeletedProblem = () => problems.invalidToken(new Error("its account was deleted"));
