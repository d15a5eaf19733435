import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import type { BackupLocation, StoredFile, UnfinishedWrite } from "./location.ts";

const chunkBytes = 256 * 1024;

/** Why the file system fails, and what to do, by the code of the error. */
const explanations: Record<string, readonly [why: string, action: string]> = {
  ENOSPC: ["The disk is full.", "Free disk space, or choose another location, and run the command again."],
  EDQUOT: ["The quota is used up.", "Free disk space, or choose another location, and run the command again."],
  EACCES: ["This user lacks the permission.", "Grant it, or choose another location."],
  EPERM: ["This user lacks the permission.", "Grant it, or choose another location."],
  EROFS: ["The file system is read-only.", "Choose another location."],
  ENOENT: ["There is no such file or folder.", "Correct the path."],
  ENOTDIR: ["A part of the path is a file.", "Correct the path."],
};

/** Backups in a folder of this machine. */
export class FolderLocation implements BackupLocation {
  readonly address: string;

  /** @param folder is created by the first write */
  constructor(folder: string) {
    this.address = resolve(folder);
  }

  async write(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const complete = join(this.address, path);
    const folder = dirname(complete);
    // The name of a collection can be as long as that of a file, so this name does not contain it.
    const partial = join(folder, `${randomUUID()}.partial`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(partial, chunks, { mode: 0o600, flush: true });
      await rename(partial, complete);
      await syncFolder(folder);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {});
      throw toOperatorError(`${complete} was not written.`, error);
    }
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    const complete = join(this.address, path);
    try {
      yield* createReadStream(complete, { highWaterMark: chunkBytes });
    } catch (error) {
      throw toOperatorError(`${complete} was not read.`, error);
    }
  }

  async list(prefix = ""): Promise<StoredFile[]> {
    // The part of the prefix after its last slash need not be a folder.
    const folder = join(this.address, prefix.slice(0, prefix.lastIndexOf("/") + 1));
    try {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const paths = found.filter((entry) => !entry.isDirectory()).map((e) => join(e.parentPath, e.name));
      const files = await Promise.all(paths.map((path) => this.#stat(path)));
      return files.filter((file) => file !== undefined).filter(({ path }) => path.startsWith(prefix));
    } catch (error) {
      if (prefix && (error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw toOperatorError(`${folder} was not listed.`, error);
    }
  }

  /** @returns undefined if the file is gone: another process is writing a backup, and has renamed it since the folder was read */
  async #stat(path: string): Promise<StoredFile | undefined> {
    const bytes = await stat(path).then(
      ({ size }) => size,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      },
    );
    return bytes === undefined ? undefined : { path: relative(this.address, path).split(sep).join("/"), bytes };
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(join(this.address, path), { force: true });
      for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
        await rmdir(join(this.address, folder));
      }
    } catch (error) {
      // A folder that is not empty stays.
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code!)) return;
      throw toOperatorError(`${join(this.address, path)} was not removed.`, error);
    }
  }

  /** None: `list` shows the leftovers of failed writes. */
  async unfinishedWrites(): Promise<UnfinishedWrite[]> {
    return [];
  }
}

/** Without this, a crash of the machine may lose the name of a file. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

function toOperatorError(what: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  // An error of the source of the chunks is not about the file.
  if (!code || !syscall) return error;
  const [why, action] = explanations[code] ?? [`${message}.`, "Correct it, and run the command again."];
  return new OperatorError("backup-file-failed", { what, why, action, cause: error });
}
