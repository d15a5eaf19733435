import type { Collection, Db } from "mongodb";
import { isDuplicateKey } from "../platform/mongo-errors.ts";
import { problems } from "../platform/problems.ts";
import { canonicalEmail } from "./email.ts";

/** A user as stored in the collection `users`. */
export interface User {
  /** UUID. */
  _id: string;
  /** As the user wrote it. */
  email: string;
  /** As {@link canonicalEmail} gives it; unique. */
  emailCanonical: string;
  name: string;
  /** PHC string. */
  passwordHash: string;
  createdAt: Date;
  updatedAt: Date;
}

/** Users in MongoDB; the same code runs on the embedded database. */
export class UserRepository {
  readonly #users: Collection<User>;

  constructor(database: Db) {
    this.#users = database.collection<User>("users");
  }

  /**
   * Stores a new user.
   * @throws the problem `email-taken`. The unique index decides, so that of two at once one wins.
   */
  async create(user: Omit<User, "emailCanonical">): Promise<User> {
    const stored = { ...user, emailCanonical: canonicalEmail(user.email)! };
    try {
      await this.#users.insertOne(stored);
    } catch (error) {
      if (isDuplicateKey(error)) throw problems.emailTaken();
      throw error;
    }
    return stored;
  }

  /** The user of an address in any spelling, or null. */
  async findByEmail(email: string): Promise<User | null> {
    const emailCanonical = canonicalEmail(email);
    return emailCanonical === undefined ? null : this.#users.findOne({ emailCanonical });
  }

  async findById(id: string): Promise<User | null> {
    return this.#users.findOne({ _id: id });
  }

  /** @returns the user as changed, or null if there is none */
  async changeProfile(id: string, change: { name: string }, now: Date): Promise<User | null> {
    return this.#users.findOneAndUpdate(
      { _id: id },
      { $set: { ...change, updatedAt: now } },
      { returnDocument: "after" },
    );
  }

  /**
   * Replaces a password's hash, unless it was replaced in the meantime.
   * @returns whether it was replaced now
   */
  async replacePasswordHash(id: string, from: string, to: string): Promise<boolean> {
    const result = await this.#users.updateOne(
      { _id: id, passwordHash: from },
      { $set: { passwordHash: to } },
    );
    return result.modifiedCount === 1;
  }

  /** @returns whether there was such a user */
  async delete(id: string): Promise<boolean> {
    return (await this.#users.deleteOne({ _id: id })).deletedCount === 1;
  }
}
