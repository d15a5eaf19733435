import { readElements, types } from "../backup/bson-elements.ts";

/** A name of a field as programs choose it, not one made of data, such as an e-mail address. */
const fieldName = /^[A-Za-z_]\w{0,39}$/;

/** Finds the id of a user in bytes, in any form in which a UUID is stored. */
export class IdSearch {
  readonly #forms: readonly Buffer[];
  readonly #texts: readonly string[];

  /** @param id a UUID with dashes */
  constructor(id: string) {
    const hex = id.toLowerCase().replaceAll("-", "");
    const bytes = Buffer.from(hex, "hex");
    // 21 characters hold the first 126 bits, whatever follows: a refresh token begins with the id of its user.
    const encoded = [bytes.toString("base64"), bytes.toString("base64url")].map((text) => text.slice(0, 21));
    this.#texts = [id, hex].flatMap((text) => [text.toLowerCase(), text.toUpperCase()]).concat(encoded);
    this.#forms = [...this.#texts.map((text) => Buffer.from(text)), bytes, ...toLegacyForms(bytes)];
  }

  /** Whether the id is in these bytes. */
  isIn(bytes: Buffer): boolean {
    return this.#forms.some((form) => bytes.includes(form));
  }

  /** The text without the id. */
  mask(text: string): string {
    return this.#texts.reduce((masked, form) => masked.replaceAll(form, "USER"), text);
  }

  /**
   * The paths of all fields of a document that contain the id, such as `owners[].id`. No part of a path is personal data: the id is
   * `USER`, and any other name that may be made of data is `*`.
   */
  findPaths(document: Buffer): string[] {
    return [...new Set(this.#findPaths(document, "", false))];
  }

  *#findPaths(document: Buffer, path: string, isArray: boolean): Generator<string> {
    for (const { type, key, start, end } of readElements(document)) {
      const value = document.subarray(start, end);
      const isNamed = !isArray && this.isIn(Buffer.from(key));
      const inner = isArray ? `${path}[]` : `${path && `${path}.`}${this.#toName(key)}`;
      if (isNamed) yield inner;
      if (!this.isIn(value)) continue;
      if (type === types.document || type === types.array) yield* this.#findPaths(value, inner, type === types.array);
      else yield inner;
    }
  }

  #toName(key: string): string {
    const masked = this.mask(key);
    return fieldName.test(masked) ? masked : "*";
  }
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
