/** A file of a store. */
export interface StoredFile {
  /** Path below the store's root, with slashes. */
  readonly path: string;
  readonly bytes: number;
}

/** A write that has not ended, and may never do. */
export interface UnfinishedWrite {
  /** Path that the file would have. */
  readonly path: string;
  /** Gives up what has been written. */
  discard(): Promise<void>;
}

/** Where backups are: a folder, or a bucket. Each failure is a {@link BackupError}. */
export interface BackupLocation {
  /** As a person would name it. */
  readonly address: string;
  /** Writes a file: afterwards it is there as a whole and stays, or it is not there. */
  write(path: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void>;
  /** Reads a file piece by piece. */
  read(path: string): AsyncIterable<Buffer>;
  /** All files whose path begins so, also what is left of writes that failed. */
  list(prefix?: string): Promise<StoredFile[]>;
  remove(path: string): Promise<void>;
  /** Writes that have begun and not ended, as far as `list` does not show what is left of them. */
  unfinishedWrites(): Promise<UnfinishedWrite[]>;
}

/** Reads a file that is small. */
export async function readAll(store: BackupLocation, path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of store.read(path)) pieces.push(piece);
  return Buffer.concat(pieces);
}
