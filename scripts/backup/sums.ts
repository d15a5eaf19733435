import { createHash, type Hash, hash } from "node:crypto";
import { documentTime } from "./bson-elements.ts";

/** What a file is known by. */
export interface FileSums {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Counts and sums up bytes as they pass. */
export class FileSummer {
  #bytes = 0;
  readonly #hash: Hash = createHash("sha256");

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    this.#hash.update(piece);
  }

  /** Passes on what it sums up. */
  async *through(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      this.add(piece);
      yield piece;
    }
  }

  /** To be called once, at the end. */
  get sums(): FileSums {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

/** The sums of a whole file. */
export function sumsOf(file: Uint8Array): FileSums {
  return { bytes: file.length, sha256: hash("sha256", file, "hex") };
}

/** What the documents of a collection are known by, in whatever order they come. */
export interface ContentSums {
  readonly documents: number;
  /**
   * Sum of the SHA-256 of each document's bytes, as eight numbers of 32 bits without carries, in hexadecimal digits. It tells
   * different contents apart, not the work of somebody who looks for two that are alike.
   */
  readonly digest: string;
}

/** Counts and sums up documents as they pass. */
export class ContentSummer {
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
    const time = documentTime(document);
    if (time !== undefined && (this.#newest === undefined || time > this.#newest)) this.#newest = time;
  }

  get documents(): number {
    return this.#documents;
  }

  get sums(): ContentSums {
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
