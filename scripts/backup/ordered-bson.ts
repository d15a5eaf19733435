import { BSON } from "mongodb";
import { checkDocument, elements, isArray, isDocument } from "./bson-elements.ts";

/**
 * A BSON document with its fields in their order. An object would move a field named "1" to the front, and in the key of an
 * index the order of the fields counts.
 */
export type Ordered = Map<string, unknown>;

const { EJSON } = BSON;

/** Values keep their type: an Int32 is not a Double. */
const exact = { promoteValues: false, bsonRegExp: true } as const;

/** A key of this form is no number, so that an object keeps its place. */
const mark = "~";

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
export function orderedFrom(bytes: Buffer): Ordered {
  checkDocument(bytes);
  return new Map(entries(bytes));
}

function* entries(bytes: Buffer): Generator<[string, unknown]> {
  for (const { type, key, start, end } of elements(bytes)) {
    const value = bytes.subarray(start, end);
    if (isDocument(type)) yield [key, new Map(entries(value))];
    else if (isArray(type)) yield [key, Array.from(entries(value), ([, item]) => item)];
    else yield [key, simpleValue(type, value)];
  }
}

/** A value alone in a document is one that the driver reads. */
function simpleValue(type: number, value: Buffer): unknown {
  const document = Buffer.alloc(4 + 3 + value.length + 1);
  document.writeInt32LE(document.length);
  document.write("v", 5);
  document[4] = type;
  value.copy(document, 7);
  return BSON.deserialize(document, exact).v;
}

/** Writes canonical Extended JSON v2, with the fields in their order. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Map) {
    const fields = Array.from(value, ([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${fields.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  return value === undefined ? '{"$undefined":true}' : EJSON.stringify(value, { relaxed: false });
}

/**
 * Reads Extended JSON, canonical or not, with the fields in their order.
 * @throws {SyntaxError} if it is no JSON
 */
export function fromCanonicalJson(text: string): unknown {
  const marked = text.replace(/"((?:[^"\\]|\\.)*)"(\s*:)?/gs, (string, inner, colon) =>
    colon ? `"${mark}${inner}":` : string,
  );
  return ordered(JSON.parse(marked));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  const [first] = Object.keys(value);
  if (first && valueKeys.has(first.slice(mark.length))) {
    return EJSON.deserialize(unmarked(value), { relaxed: false });
  }
  return new Map(
    Object.entries(value).map(([key, item]) => [key.slice(mark.length), ordered(item)] as const),
  );
}

/** The value of one BSON type as the driver reads it: its keys are known, and none is a number. */
function unmarked(value: object): BSON.Document {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.slice(mark.length),
      item !== null && typeof item === "object" ? unmarked(item) : item,
    ]),
  );
}
