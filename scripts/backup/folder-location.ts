import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { BackupError } from "./errors.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "./location.ts";

/** Size of the pieces in which files are read. */
const chunkBytes = 256 * 1024;

/** What to do about an error of the file system, by its code. */
const remedies: Record<string, string> = {
  ENOSPC: "the disk is full. Make room there, or choose another place, and run this again.",
  EDQUOT: "the quota is used up. Make room there, or choose another place, and run this again.",
  EACCES: "this user may not. Give it the right to, or choose another place.",
  EPERM: "this user may not. Give it the right to, or choose another place.",
  EROFS: "the file system is read-only. Choose another place.",
  ENOENT: "there is no such file or folder. Correct the path.",
  ENOTDIR: "a part of the path is a file. Correct the path.",
};

/** Backups in a folder of this machine. */
export class FolderLocation implements BackupLocation {
  readonly address: string;

  /** @param folder is made at the first write */
  constructor(folder: string) {
    this.address = resolve(folder);
  }

  async write(path: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const complete = join(this.address, path);
    // The name of a collection can be as long as that of a file.
    const partial = join(dirname(complete), `${randomUUID()}.partial`);
    try {
      await mkdir(dirname(complete), { recursive: true });
      await writeDurably(partial, pieces);
      await rename(partial, complete);
      await syncFolder(dirname(complete));
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {});
      throw toOperatorError(`${complete} was not written`, error);
    }
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    const complete = join(this.address, path);
    try {
      yield* createReadStream(complete, { highWaterMark: chunkBytes });
    } catch (error) {
      throw toOperatorError(`${complete} was not read`, error);
    }
  }

  async list(prefix = ""): Promise<StoredFile[]> {
    // What the prefix says behind its last slash need not be a folder.
    const folder = join(this.address, prefix.slice(0, prefix.lastIndexOf("/") + 1));
    try {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const paths = found.filter((entry) => !entry.isDirectory()).map((e) => join(e.parentPath, e.name));
      const files = await Promise.all(
        paths.map(async (path) => ({
          path: relative(this.address, path).split(sep).join("/"),
          bytes: (await stat(path)).size,
        })),
      );
      return files.filter(({ path }) => path.startsWith(prefix));
    } catch (error) {
      if (prefix && (error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw toOperatorError(`${folder} was not listed`, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(join(this.address, path), { force: true });
      for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
        await rmdir(join(this.address, folder));
      }
    } catch (error) {
      // A folder that still holds something stays.
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code!)) return;
      throw toOperatorError(`${join(this.address, path)} was not removed`, error);
    }
  }

  /** None: a file that was not written to its end is in the list. */
  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    return [];
  }
}

async function writeDurably(path: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this a crash of the machine may lose the file's name. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function toOperatorError(what: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  // What the file's source throws is not about the file.
  if (!code || !syscall) return error;
  const reason = remedies[code] ?? `${(error as Error).message}. Correct it, and run this again.`;
  return new BackupError(`${what}: ${reason}`, { cause: error });
}
