import { createHash, type Hash, hash } from "node:crypto";
import { findDocumentTime } from "./bson-elements.ts";
import type { StoredFile } from "./location.ts";
import { getCollectionPaths, getManifestPath, type Manifest } from "./manifest.ts";

/** What a file is known by. */
export interface FileDigest {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Counts and hashes bytes as they pass. */
export class FileHasher {
  #bytes = 0;
  readonly #hash: Hash = createHash("sha256");

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    this.#hash.update(piece);
  }

  /** Passes on what it hashes. */
  async *through(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      this.add(piece);
      yield piece;
    }
  }

  /** To be called once, at the end. */
  get digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

/** The digest of a whole file. */
export function computeFileDigest(file: Uint8Array): FileDigest {
  return { bytes: file.length, sha256: hash("sha256", file, "hex") };
}

/** What the documents of a collection are known by, in whatever order they come. */
export interface ContentDigest {
  readonly documents: number;
  /**
   * Sum of the SHA-256 of each document's bytes, as eight numbers of 32 bits without carries, in hexadecimal digits. It tells
   * different contents apart, not two that an attacker made alike.
   */
  readonly digest: string;
}

/** Counts and hashes documents as they pass. */
export class ContentHasher {
  #documents = 0;
  #newest: number | undefined;
  readonly #words = new Uint32Array(8);

  add(document: Buffer): void {
    this.#documents += 1;
    // A string costs no memory outside of the heap, as a million buffers would.
    const digest = hash("sha256", document, "binary");
    // The array's elements drop what exceeds 32 bits.
    for (let i = 0; i < 8; i++) {
      const at = i * 4;
      this.#words[i]! +=
        (digest.charCodeAt(at) << 24) |
        (digest.charCodeAt(at + 1) << 16) |
        (digest.charCodeAt(at + 2) << 8) |
        digest.charCodeAt(at + 3);
    }
  }

  /** The same, for a document whose time is asked for. */
  addDated(document: Buffer): void {
    this.add(document);
    const time = findDocumentTime(document);
    if (time !== undefined && (this.#newest === undefined || time > this.#newest)) this.#newest = time;
  }

  get documents(): number {
    return this.#documents;
  }

  get digest(): ContentDigest {
    const digest = [...this.#words].map((word) => word.toString(16).padStart(8, "0")).join("");
    return { documents: this.#documents, digest };
  }

  /** The newest time that a document tells, in ISO 8601, or null. */
  get newest(): string | null {
    // A client may have stored a date that JavaScript cannot hold.
    const date = new Date(this.#newest ?? Number.NaN);
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
  }
}

/** What is wrong with a file of a backup. */
export interface IntegrityError {
  readonly path: string;
  readonly reason: string;
}

/**
 * Files of a backup that are missing, have another size than the manifest tells, or do not belong there.
 * @param files all that are below the backup's folder
 */
export function findIntegrityErrors(
  { id, database, collections }: Manifest,
  files: readonly StoredFile[],
): IntegrityError[] {
  const expected = new Map<string, number>();
  for (const { name, metadata, data } of collections) {
    const paths = getCollectionPaths(database, name);
    expected.set(`${id}/${paths.metadata}`, metadata.bytes);
    if (data) expected.set(`${id}/${paths.data}`, data.bytes);
  }
  const found = new Map(files.map(({ path, bytes }) => [path, bytes]));
  found.delete(getManifestPath(id));
  const changed = [...expected]
    .filter(([path, bytes]) => found.get(path) !== bytes)
    .map(([path, bytes]) => ({ path, reason: `has ${found.get(path) ?? "no"} bytes, and had ${bytes}` }));
  const foreign = [...found.keys()].filter((path) => !expected.has(path));
  return [...changed, ...foreign.map((path) => ({ path, reason: "is no part of the backup" }))];
}
