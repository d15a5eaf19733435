/** A file in a backup location. */
export interface StoredFile {
  /** Path below the root of the location, with slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** A write that has not completed, and possibly never does. */
export interface UnfinishedWrite {
  /** Path that the file would have. */
  readonly path: string;
  /** Deletes the data written so far. */
  discard(): Promise<void>;
}

/** Where backups are: a folder, or a bucket. Each failure is an `OperatorError`. */
export interface BackupLocation {
  /** For messages. */
  readonly address: string;
  /** Writes a file: afterwards it exists completely and durably, or not at all. */
  write(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void>;
  read(path: string): AsyncIterable<Buffer>;
  /** All files whose path has the prefix, including leftovers of failed writes. */
  list(prefix?: string): Promise<StoredFile[]>;
  remove(path: string): Promise<void>;
  /** Writes that have not completed, if `list` does not show their leftovers. */
  unfinishedWrites(): Promise<UnfinishedWrite[]>;
}

/** Reads a small file. */
export async function readAll(location: BackupLocation, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of location.read(path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
