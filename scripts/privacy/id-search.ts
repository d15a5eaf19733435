import { readElements, types } from "../backup/bson-elements.ts";

/** A name as programs choose it, not one made of data, such as an e-mail address or a token. */
const programName = /^[A-Za-z_-]{1,40}$/;

/** Finds the id of a user in bytes, in any form in which a UUID is stored. */
export class IdSearch {
  readonly #forms: readonly Buffer[];
  readonly #texts: readonly string[];

  /** @param id a UUID with dashes */
  constructor(id: string) {
    const hex = id.toLowerCase().replaceAll("-", "");
    const bytes = Buffer.from(hex, "hex");
    this.#texts = [id, hex].flatMap((text) => [text.toLowerCase(), text.toUpperCase()]).concat(toBase64Forms(bytes));
    this.#forms = [...this.#texts.map((text) => Buffer.from(text)), bytes, ...toLegacyForms(bytes)];
  }

  /** Whether the id is in these bytes. */
  isIn(bytes: Buffer): boolean {
    return this.#forms.some((form) => bytes.includes(form));
  }

  /** A name without personal data: the id is `USER`, and any other name that may be made of data is `*`. */
  toName(name: string): string {
    const masked = this.#texts.reduce((text, form) => text.replaceAll(form, "USER"), name);
    return masked === "USER" || (masked === name && programName.test(name)) ? masked : "*";
  }

  /**
   * The paths of all fields of a document that contain the id, such as `owners[].id`, with names as {@link toName} gives them.
   */
  findPaths(document: Buffer): string[] {
    return [...new Set(this.#findPaths(document, "", false))];
  }

  *#findPaths(document: Buffer, path: string, isArray: boolean): Generator<string> {
    for (const { type, key, start, end } of readElements(document)) {
      const value = document.subarray(start, end);
      const isNamed = !isArray && this.isIn(Buffer.from(key));
      const inner = isArray ? `${path}[]` : `${path && `${path}.`}${this.toName(key)}`;
      if (isNamed) yield inner;
      if (!this.isIn(value)) continue;
      if (type === types.document || type === types.array) yield* this.#findPaths(value, inner, type === types.array);
      else yield inner;
    }
  }
}

/** The characters that depend on the id alone, wherever in the encoded bytes it is: a key can be that of two ids. */
function toBase64Forms(bytes: Buffer): string[] {
  const forms = [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((encoding) => padded.toString(encoding).slice(from, to));
  });
  return [...new Set(forms)];
}

/** How older drivers store a UUID as binary of the subtype 3: Java's in two halves, and C#'s with its first three numbers, reversed. */
function toLegacyForms(bytes: Buffer): Buffer[] {
  const reverse = (ranges: readonly (readonly [from: number, to: number])[]) => {
    const copy = Buffer.from(bytes);
    for (const [from, to] of ranges) copy.subarray(from, to).reverse();
    return copy;
  };
  return [
    reverse([
      [0, 8],
      [8, 16],
    ]),
    reverse([
      [0, 4],
      [4, 6],
      [6, 8],
    ]),
  ];
}
