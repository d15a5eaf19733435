import fc from "fast-check";
import { cstring, document, text } from "../../support/bson-bytes.ts";

/** Keys as people do not choose them, and as they do. BSON allows all but a zero. */
const key = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "1",
    "0",
    "10",
    "a.b",
    ".",
    "$set",
    "$date",
    "$numberInt",
    "$oid",
    "$ref",
    "__proto__",
  ),
  fc.constantFrom(
    "createdAt",
    "updatedAt",
    "constructor",
    "toBSON",
    "_bsontype",
    "ключ",
    "\u{1f30d}",
    "'\"\\",
  ),
  fc.string({ unit: "binary", maxLength: 8 }).map((string) => string.replaceAll("\0", "")),
);

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

const string = fc.string({ unit: "binary", maxLength: 40 }).map(text);

const pattern = fc
  .string({ unit: "binary", maxLength: 10 })
  .map((string) => cstring(string.replaceAll("\0", "")));

const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
};

/** A value with the number of its type. */
type Value = [number, Buffer];

const typed = (type: number, value: fc.Arbitrary<Buffer>): fc.Arbitrary<Value> =>
  value.map((value) => [type, value]);

/** All types of https://bsonspec.org/spec.html that hold no others, the deprecated ones among them. */
const simple = fc.oneof(
  typed(0x01, bytes(8)),
  typed(0x02, string),
  typed(
    0x05,
    fc
      .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 128))
      .map(([data, subtype]) => Buffer.concat([int32(data.length), Buffer.from([subtype]), data])),
  ),
  typed(0x06, fc.constant(Buffer.alloc(0))),
  typed(0x07, bytes(12)),
  typed(0x08, fc.constantFrom(Buffer.from([0]), Buffer.from([1]))),
  typed(0x09, bytes(8)),
  typed(0x0a, fc.constant(Buffer.alloc(0))),
  typed(
    0x0b,
    fc
      .tuple(pattern, fc.constantFrom("", "i", "ims", "x"))
      .map(([each, options]) => Buffer.concat([each, cstring(options)])),
  ),
  typed(0x0c, fc.tuple(string, bytes(12)).map(Buffer.concat)),
  typed(0x0d, string),
  typed(0x0e, string),
  typed(0x10, bytes(4)),
  typed(0x11, bytes(8)),
  typed(0x12, bytes(8)),
  typed(0x13, bytes(16)),
  typed(0x7f, fc.constant(Buffer.alloc(0))),
  typed(0xff, fc.constant(Buffer.alloc(0))),
);

const toDocument = (fields: [string, Value][]): Buffer =>
  document(fields.map(([key, [type, value]]) => [type, key, value]));

const { value: anyValue } = fc.letrec<{ value: Value; document: Buffer }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    simple,
    typed(0x03, tie("document")),
    typed(
      0x04,
      fc
        .array(tie("value"), { maxLength: 4 })
        .map((items) => toDocument(items.map((item, index) => [String(index), item]))),
    ),
    typed(
      0x0f,
      fc.tuple(string, tie("document")).map(([code, scope]) => {
        return Buffer.concat([int32(4 + code.length + scope.length), code, scope]);
      }),
    ),
  ),
  document: fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map(toDocument),
}));

/** A document of any fields, also of the same name twice, and of none. */
export const anyDocument: fc.Arbitrary<Buffer> = fc
  .array(fc.tuple(key, anyValue), { maxLength: 8 })
  .map(toDocument);

/** A document within a document, so many times. */
export function deepDocument(depth: number): Buffer {
  let deep = document([]);
  for (let i = 0; i < depth; i++) deep = document([[0x03, "a", deep]]);
  return deep;
}

const number = fc.constantFrom<Value>(
  [0x10, int32(1)],
  [0x10, int32(-1)],
  [0x01, Buffer.from("000000000000f03f", "hex")],
  [0x12, Buffer.from("ffffffffffffffff", "hex")],
  [0x02, text("2dsphere")],
  [0x02, text("text")],
  [0x02, text("hashed")],
);

const path = fc.constantFrom("a", "b.c", "1", "2024", "10", "$**", "a.$**", "userId", "email");

/** An operator's operand: no value that Extended JSON writes as an object with a key that begins with `$`. */
const condition = fc
  .tuple(fc.constantFrom("$gt", "$eq", "$exists", "$type", "$in"), simpleForJson())
  .map(([operator, value]): Value => [0x03, toDocument([[operator, value]])]);

/** What Extended JSON can tell: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
function simpleForJson(): fc.Arbitrary<Value> {
  return fc.oneof(
    typed(0x02, string),
    typed(0x07, bytes(12)),
    typed(0x08, fc.constantFrom(Buffer.from([0]), Buffer.from([1]))),
    typed(
      0x09,
      fc.date({ noInvalidDate: true }).map((date) => {
        const buffer = Buffer.alloc(8);
        buffer.writeBigInt64LE(BigInt(date.getTime()));
        return buffer;
      }),
    ),
    typed(0x0a, fc.constant(Buffer.alloc(0))),
    typed(0x10, bytes(4)),
    typed(0x12, bytes(8)),
    typed(
      0x01,
      fc.double().map((value) => {
        const buffer = Buffer.alloc(8);
        buffer.writeDoubleLE(value);
        return buffer;
      }),
    ),
    typed(0x11, bytes(8)),
    typed(0x7f, fc.constant(Buffer.alloc(0))),
    typed(0xff, fc.constant(Buffer.alloc(0))),
  );
}

const flag: Value = [0x08, Buffer.from([1])];

/** The definition of an index of any kind, as `listIndexes` gives it. */
export const anyIndex: fc.Arbitrary<Buffer> = fc
  .record({
    key: fc.uniqueArray(fc.tuple(path, number), { minLength: 1, maxLength: 4, selector: ([path]) => path }),
    name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    unique: fc.boolean(),
    sparse: fc.boolean(),
    hidden: fc.boolean(),
    expires: fc.option(fc.nat()),
    partial: fc.option(
      fc.uniqueArray(fc.tuple(path, condition), { maxLength: 3, selector: ([path]) => path }),
    ),
    locale: fc.option(fc.constantFrom("it", "en", "simple")),
    weights: fc.option(fc.uniqueArray(path, { minLength: 1, maxLength: 3 })),
  })
  .map(({ key, name, unique, sparse, hidden, expires, partial, locale, weights }) =>
    toDocument([
      ["v", [0x10, int32(2)]],
      ["key", [0x03, toDocument(key)]],
      ["name", [0x02, text(name.replaceAll("\0", "_"))]],
      ...optional(unique, "unique", flag),
      ...optional(sparse, "sparse", flag),
      ...optional(hidden, "hidden", flag),
      ...optional(expires !== null, "expireAfterSeconds", [0x10, int32(expires ?? 0)]),
      ...optional(partial !== null, "partialFilterExpression", [0x03, toDocument(partial ?? [])]),
      ...optional(locale !== null, "collation", [0x03, toDocument([["locale", [0x02, text(locale ?? "")]]])]),
      ...optional(weights !== null, "weights", [
        0x03,
        toDocument((weights ?? []).map((path) => [path, [0x10, int32(1)]])),
      ]),
    ]),
  );

const optional = (is: boolean, key: string, value: Value): [string, Value][] => (is ? [[key, value]] : []);
