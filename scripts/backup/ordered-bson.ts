import { BSON } from "mongodb";
import { checkDocument, readElements, types } from "./bson-elements.ts";

/**
 * A BSON document with its fields in order, which matters in the key of an index. An object would move a field named "1" to the
 * front.
 */
export type OrderedDocument = Map<string, unknown>;

const { EJSON } = BSON;

/** Values keep their BSON type: an Int32 does not become a Double. */
const deserializeOptions = { promoteValues: false, bsonRegExp: true } as const;

/** With this prefix, no key is a number, so that an object keeps the order. */
const keyPrefix = "~";

/** First keys of the objects that represent values in canonical Extended JSON. */
const valueKeys = new Set(
  `$oid $symbol $numberInt $numberLong $numberDouble $numberDecimal $binary $uuid $code $timestamp
   $regularExpression $dbPointer $date $minKey $maxKey $undefined`.split(/\s+/),
);

/**
 * @throws {Error} if the bytes are not a BSON document
 */
export function parseOrdered(bytes: Buffer): OrderedDocument {
  checkDocument(bytes);
  return new Map(readEntries(bytes));
}

function* readEntries(bytes: Buffer): Generator<[string, unknown]> {
  for (const { type, key, start, end } of readElements(bytes)) {
    const value = bytes.subarray(start, end);
    if (type === types.document) yield [key, new Map(readEntries(value))];
    else if (type === types.array) yield [key, Array.from(readEntries(value), ([, item]) => item)];
    else yield [key, readSimpleValue(type, value)];
  }
}

/** The driver only reads documents, so this wraps the value in one. */
function readSimpleValue(type: number, value: Buffer): unknown {
  const document = Buffer.alloc(4 + 3 + value.length + 1);
  document.writeInt32LE(document.length);
  document.write("v", 5);
  document[4] = type;
  value.copy(document, 7);
  return BSON.deserialize(document, deserializeOptions).v;
}

/** Writes canonical Extended JSON v2, with the fields in order. */
export function toCanonicalJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = Array.from(value, ([key, item]) => `${JSON.stringify(key)}:${toCanonicalJson(item)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  return value === undefined ? '{"$undefined":true}' : EJSON.stringify(value, { relaxed: false });
}

/**
 * Reads canonical or relaxed Extended JSON, with the fields in order.
 * @throws {SyntaxError} if it is not JSON
 */
export function parseCanonicalJson(text: string): unknown {
  const marked = text.replace(/"((?:[^"\\]|\\.)*)"(\s*:)?/gs, (string, inner, colon) =>
    colon ? `"${keyPrefix}${inner}":` : string,
  );
  return toOrdered(JSON.parse(marked));
}

function toOrdered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toOrdered);
  if (value === null || typeof value !== "object") return value;
  const [first] = Object.keys(value);
  if (first && valueKeys.has(first.slice(keyPrefix.length))) {
    return EJSON.deserialize(removeKeyPrefix(value), { relaxed: false });
  }
  return new Map(Object.entries(value).map(([key, item]) => [key.slice(keyPrefix.length), toOrdered(item)]));
}

/** The representation of a value: its keys are known, and none is a number. */
function removeKeyPrefix(value: object): BSON.Document {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.slice(keyPrefix.length),
      item !== null && typeof item === "object" ? removeKeyPrefix(item) : item,
    ]),
  );
}
