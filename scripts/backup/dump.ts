import type { DocumentRun } from "./bson-stream.ts";
import type { CollectionMetadata } from "./metadata.ts";
import type { ContentSums } from "./sums.ts";

/** A dump whose every byte was looked at, and which can be restored. */
export interface Dump {
  /** As a person would name it. */
  readonly name: string;
  /** The database that it was made of. */
  readonly database: string;
  readonly collections: readonly DumpedCollection[];
}

export interface DumpedCollection {
  readonly metadata: CollectionMetadata;
  /** What its documents must be known by once they are restored; a view has none. */
  readonly content?: ContentSums;
  /** Its documents, some at a time. */
  documents(): AsyncIterable<DocumentRun>;
}
