import { BSON } from "mongodb";
import { checkDocument, isArray, isDocument, readElements } from "./bson-elements.ts";

/**
 * A BSON document with its fields in their order. An object would move a field named "1" to the front, and in the key of an
 * index the order of the fields counts.
 */
export type OrderedDocument = Map<string, unknown>;

const { EJSON } = BSON;

/** Values keep their type: an Int32 is not a Double. */
const deserializeOptions = { promoteValues: false, bsonRegExp: true } as const;

/** A key of this form is no number, so that an object keeps its place. */
const keyPrefix = "~";

/** What canonical Extended JSON writes for values, by the first key. */
const valueKeys = new Set(
  [
    "$oid $symbol $numberInt $numberLong $numberDouble $numberDecimal $binary $uuid $code $timestamp $regularExpression",
    "$dbPointer $date $minKey $maxKey $undefined",
  ]
    .join(" ")
    .split(" "),
);

/**
 * Reads a BSON document.
 * @throws {BsonError} if it is none
 */
export function parseOrdered(bytes: Buffer): OrderedDocument {
  checkDocument(bytes);
  return new Map(readEntries(bytes));
}

function* readEntries(bytes: Buffer): Generator<[string, unknown]> {
  for (const { type, key, start, end } of readElements(bytes)) {
    const value = bytes.subarray(start, end);
    if (isDocument(type)) yield [key, new Map(readEntries(value))];
    else if (isArray(type)) yield [key, Array.from(readEntries(value), ([, item]) => item)];
    else yield [key, readSimpleValue(type, value)];
  }
}

/** A value alone in a document is one that the driver reads. */
function readSimpleValue(type: number, value: Buffer): unknown {
  const document = Buffer.alloc(4 + 3 + value.length + 1);
  document.writeInt32LE(document.length);
  document.write("v", 5);
  document[4] = type;
  value.copy(document, 7);
  return BSON.deserialize(document, deserializeOptions).v;
}

/** Writes canonical Extended JSON v2, with the fields in their order. */
export function toCanonicalJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = Array.from(value, ([key, item]) => `${JSON.stringify(key)}:${toCanonicalJson(item)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  return value === undefined ? '{"$undefined":true}' : EJSON.stringify(value, { relaxed: false });
}

/**
 * Reads Extended JSON, canonical or not, with the fields in their order.
 * @throws {SyntaxError} if it is no JSON
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
  return new Map(
    Object.entries(value).map(([key, item]) => [key.slice(keyPrefix.length), toOrdered(item)] as const),
  );
}

/** The value of one BSON type as the driver reads it: its keys are known, and none is a number. */
function removeKeyPrefix(value: object): BSON.Document {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.slice(keyPrefix.length),
      item !== null && typeof item === "object" ? removeKeyPrefix(item) : item,
    ]),
  );
}
