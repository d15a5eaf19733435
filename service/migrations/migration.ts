/** A document as a migration sees it. All our ids are strings. */
interface StoredDocument {
  _id: string;
}

/** The changes that a migration may make. It only adds or removes fields, since documents are read by two releases at once. */
export interface MigrationUpdate<Stored> {
  readonly $set?: Partial<Omit<Stored, "_id">>;
  readonly $unset?: Partial<Record<keyof Stored & string, "">>;
  /** With `{ version: 1 }` if an answer of the API changes: its entity tag then changes too. */
  readonly $inc?: Partial<Record<keyof Stored & string, number>>;
}

/**
 * One step over all documents of a collection, in a file `NNNN-name.ts` of this folder and in `list.ts`. It runs while two releases
 * serve requests: see docs/migrations.md. A call that is interrupted loses nothing, and a second run changes nothing.
 *
 * @typeParam Stored a document of the collection
 * @typeParam Read fields that the update depends on
 */
export interface Migration<Stored extends StoredDocument, Read extends keyof Stored & string> {
  /** The name of its file: four digits, a hyphen, and what it does. Never changes, because the ledger has it. */
  readonly name: string;
  readonly collection: string;
  /** The documents that are not migrated. `update` must take a document out of it. */
  readonly filter: Readonly<Record<string, unknown>>;
  /**
   * The fields that `update` gets. It applies only while they are as they were read, so that no concurrent write is lost. Top-level
   * fields, without `_id`.
   */
  readonly reads: readonly Read[];
  /** Computes the update of a document. */
  update(document: Pick<Stored, Read | "_id">): MigrationUpdate<Stored>;
}

/** A migration of any collection. */
// biome-ignore lint/suspicious/noExplicitAny: the list holds migrations of different documents.
export type AnyMigration = Migration<any, any>;
