import type { BackupLocation, StoredFile, UnfinishedWrite } from "../../../scripts/backup/location.ts";

/** A store whose files a test can change. */
export class MemoryLocation implements BackupLocation {
  readonly address = "memory";
  files = new Map<string, Buffer>();
  unfinished: UnfinishedWrite[] = [];

  async write(path: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const all: Buffer[] = [];
    for await (const piece of pieces) all.push(Buffer.from(piece));
    this.files.set(path, Buffer.concat(all));
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    yield this.files.get(path)!;
  }

  async list(prefix = ""): Promise<StoredFile[]> {
    return [...this.files]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, { length }]) => ({ path, bytes: length }));
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    return this.unfinished;
  }
}
