import { readFile, rename, writeFile } from "node:fs/promises";
import type { NewSession, OpenSession, Rotation, RotationResult, SessionId } from "../auth/session-store.ts";
import { ConfigurationError } from "../config.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { MemorySessionStore, type SessionSnapshot } from "./memory-session-store.ts";

/**
 * Sessions in a file that only its owner can read, for development without Redis. Like the embedded database, it stores each change
 * before it acknowledges it: an app stays logged in over each reload, and over a crash.
 */
export class FileSessionStore extends MemorySessionStore {
  readonly #path: string;
  readonly #clock: Clock;
  #lastWrite: Promise<void> = Promise.resolve();
  /** A write that has not begun. It includes all changes until then. */
  #nextWrite: Promise<void> | undefined;

  private constructor(path: string, clock: Clock, content?: SessionSnapshot) {
    super(content);
    this.#path = path;
    this.#clock = clock;
  }

  /**
   * @param path no other process may use it
   * @throws {ConfigurationError} if the file is broken
   */
  static async open(path: string, clock: Clock = systemClock): Promise<FileSessionStore> {
    return new FileSessionStore(path, clock, await readSnapshot(path));
  }

  override async create(created: NewSession): Promise<boolean> {
    return this.#saved(super.create(created));
  }

  override async rotate(rotation: Rotation): Promise<RotationResult> {
    return this.#saved(super.rotate(rotation));
  }

  override async revoke(session: SessionId): Promise<boolean> {
    return this.#saved(super.revoke(session));
  }

  override async revokeAll(userId: string, now: number, keptId?: string, expected?: readonly OpenSession[]) {
    return this.#saved(super.revokeAll(userId, now, keptId, expected));
  }

  async #saved<T>(change: Promise<T>): Promise<T> {
    const result = await change;
    this.#nextWrite ??= this.#write();
    await this.#nextWrite;
    return result;
  }

  async #write(): Promise<void> {
    await this.#lastWrite.catch(() => {});
    this.#nextWrite = undefined;
    this.#lastWrite = replaceFile(this.#path, JSON.stringify(this.snapshot(this.#clock())));
    await this.#lastWrite;
  }
}

/** After a crash or a power cut, the file has its old content or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const complete = `${path}.new`;
  await writeFile(complete, text, { mode: 0o600, flush: true });
  await rename(complete, path);
}

async function readSnapshot(path: string): Promise<SessionSnapshot | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
  try {
    return parseSnapshot(text);
  } catch (error) {
    throw new ConfigurationError(
      `The file ${path} is broken: it does not contain the sessions of the server. ` +
        "Delete it and start again: all users must then log in again.",
      { cause: error },
    );
  }
}

function parseSnapshot(text: string): SessionSnapshot {
  const { sessions, revokedAt } = JSON.parse(text) as SessionSnapshot;
  return { sessions: sessions.map(([userId, own]) => [userId, [...own]]), revokedAt: [...revokedAt] };
}
