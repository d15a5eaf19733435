import { createHash, type Hash, hash } from "node:crypto";
import { findDocumentTime } from "./bson-elements.ts";
import type { StoredFile } from "./location.ts";
import { getCollectionPaths, getManifestPath, type Manifest } from "./manifest.ts";

/** Size and hash of a file. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Counts and hashes bytes. */
export class FileHasher {
  #bytes = 0;
  readonly #hash: Hash = createHash("sha256");

  /** Hashes chunks, and passes them on. */
  async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Use it once, at the end. */
  get digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

export function computeFileDigest(file: Uint8Array): FileDigest {
  return { bytes: file.length, sha256: hash("sha256", file, "hex") };
}

/** Number and hash of the documents of a collection, independent of their order. */
export interface ContentDigest {
  readonly documents: number;
  /**
   * Sum of the SHA-256 of each document's bytes, as eight numbers of 32 bits without carries, in hexadecimal digits. It detects
   * differences, but not those that an attacker has constructed.
   */
  readonly digest: string;
}

/** Counts and hashes documents. */
export class ContentHasher {
  #documents = 0;
  #newest: number | undefined;
  readonly #words = new Uint32Array(8);

  add(document: Buffer): void {
    this.#documents += 1;
    // Unlike a million buffers, strings need no memory outside of the heap.
    const digest = hash("sha256", document, "binary");
    // The elements of the array drop what exceeds 32 bits.
    for (let i = 0; i < 8; i++) {
      const at = i * 4;
      this.#words[i]! +=
        (digest.charCodeAt(at) << 24) |
        (digest.charCodeAt(at + 1) << 16) |
        (digest.charCodeAt(at + 2) << 8) |
        digest.charCodeAt(at + 3);
    }
  }

  /** The same, and records the newest time. */
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

  /** The newest time in a document, in ISO 8601, or null. */
  get newest(): string | null {
    // A client may have stored a date that JavaScript cannot represent.
    const date = new Date(this.#newest ?? Number.NaN);
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
  }
}

export interface IntegrityError {
  readonly path: string;
  readonly reason: string;
}

/**
 * Files of a backup that are missing, unexpected, or of another size than in the manifest.
 * @param files all files in the folder of the backup
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
    .map(([path, bytes]) => ({ path, reason: `has ${found.get(path) ?? "no"} bytes instead of ${bytes}` }));
  const unexpected = [...found.keys()].filter((path) => !expected.has(path));
  return [...changed, ...unexpected.map((path) => ({ path, reason: "is not part of the backup" }))];
}
