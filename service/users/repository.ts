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
  /** When the user confirmed this address. @default it was never confirmed */
  emailVerifiedAt?: Date;
  name: string;
  /** PHC string. */
  passwordHash: string;
  createdAt: Date;
  updatedAt: Date;
  /** 1, incremented by each change of the profile. */
  version: number;
  /** Keyed hash of the `Idempotency-Key` with which the account was created; unique. */
  registrationKey?: string;
  /** Keyed hash of the registration without its password; only with a key, and missing in accounts of earlier releases. */
  registrationBody?: string;
}

/** Users in MongoDB. The same code runs on the embedded database. */
export class UserRepository {
  readonly #users: Collection<User>;

  constructor(database: Db) {
    this.#users = database.collection<User>("users");
  }

  /**
   * Stores a new user.
   * @throws the problem `email-taken`, also for a registration key that is taken. Unique indexes decide, so that one of two
   *   concurrent calls wins.
   */
  async create(user: Omit<User, "emailCanonical" | "version">): Promise<User> {
    const stored = { ...user, emailCanonical: canonicalEmail(user.email)!, version: 1 };
    try {
      await this.#users.insertOne(stored);
    } catch (error) {
      if (isDuplicateKey(error)) throw problems.emailTaken();
      throw error;
    }
    return stored;
  }

  /** The user with an e-mail address in any spelling, or null. */
  async findByEmail(email: string): Promise<User | null> {
    const emailCanonical = canonicalEmail(email);
    return emailCanonical === undefined ? null : this.#users.findOne({ emailCanonical });
  }

  /** @param keys hashes of one key, under each pepper */
  async findByRegistrationKey(keys: readonly string[]): Promise<User | null> {
    return this.#users.findOne({ registrationKey: { $in: keys } });
  }

  async removeRegistrationKey(id: string): Promise<void> {
    await this.#users.updateOne({ _id: id }, { $unset: { registrationKey: "", registrationBody: "" } });
  }

  async findById(id: string): Promise<User | null> {
    return this.#users.findOne({ _id: id });
  }

  /**
   * @param version the version to change; @default any
   * @returns the changed user, or null if there is no such version
   */
  async changeProfile(id: string, change: { name: string }, now: Date, version?: number): Promise<User | null> {
    return this.#users.findOneAndUpdate(
      { _id: id, ...(version !== undefined && { version }) },
      { $set: { ...change, updatedAt: now }, $inc: { version: 1 } },
      { returnDocument: "after" },
    );
  }

  /**
   * Counts a version on, so that no other write that expects this one succeeds.
   * @returns whether the version was still current
   */
  async advanceVersion(id: string, version: number): Promise<boolean> {
    return (await this.#users.updateOne({ _id: id, version }, { $inc: { version: 1 } })).modifiedCount === 1;
  }

  /**
   * Replaces the hash of a password, unless it was replaced in the meantime.
   * @param emailCanonical the address that the account must have; @default any
   * @returns whether this call replaced it
   */
  async replacePasswordHash(id: string, from: string, to: string, emailCanonical?: string): Promise<boolean> {
    const result = await this.#users.updateOne(
      { _id: id, passwordHash: from, ...(emailCanonical !== undefined && { emailCanonical }) },
      { $set: { passwordHash: to } },
    );
    return result.modifiedCount === 1;
  }

  /**
   * Sets an address that its user has confirmed, unless the address or the password was changed in the meantime.
   * @param email the address, which may be the account's own
   * @returns whether this call set it
   * @throws the problem `email-taken`. The unique index decides.
   */
  async confirmEmail(
    { _id, emailCanonical, passwordHash }: Pick<User, "_id" | "emailCanonical" | "passwordHash">,
    email: string,
    now: Date,
  ): Promise<boolean> {
    const confirmed = { email, emailCanonical: canonicalEmail(email)!, emailVerifiedAt: now, updatedAt: now };
    try {
      const result = await this.#users.updateOne(
        { _id, emailCanonical, passwordHash },
        { $set: confirmed, $inc: { version: 1 } },
      );
      return result.modifiedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) throw problems.emailTaken("/token");
      throw error;
    }
  }

  /** @returns whether the user existed */
  async delete(id: string): Promise<boolean> {
    return (await this.#users.deleteOne({ _id: id })).deletedCount === 1;
  }
}
