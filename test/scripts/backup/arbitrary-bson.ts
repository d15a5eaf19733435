import fc from "fast-check";
import { cstring, document, text } from "../../support/bson-bytes.ts";

/** BSON allows all keys without a zero. */
const key = fc.oneof(
  fc.constantFrom("", "a", "1", "0", "10", "a.b", ".", "$set", "$date", "$numberInt", "$oid", "$ref"),
  fc.constantFrom("createdAt", "updatedAt", "__proto__", "constructor", "toBSON", "_bsontype"),
  fc.constantFrom("ключ", "\u{1f30d}", "'\"\\"),
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

const ofSize = (size: number, ...types: number[]) => types.map((type) => typed(type, bytes(size)));

const boolean = typed(0x08, fc.constantFrom(Buffer.from([0]), Buffer.from([1])));

/** Values that Extended JSON can represent exactly, except double and date. */
const exactInJson = [
  typed(0x02, string),
  boolean,
  // Null, maxKey and minKey; int32; timestamp and int64; ObjectId.
  ...ofSize(0, 0x0a, 0x7f, 0xff),
  ...ofSize(4, 0x10),
  ...ofSize(8, 0x11, 0x12),
  ...ofSize(12, 0x07),
];

/** All types of https://bsonspec.org/spec.html that contain no others, including the deprecated ones. */
const simple = fc.oneof(
  ...exactInJson,
  // Undefined; double and date; decimal128; code and symbol.
  ...ofSize(0, 0x06),
  ...ofSize(8, 0x01, 0x09),
  ...ofSize(16, 0x13),
  typed(0x0d, string),
  typed(0x0e, string),
  typed(
    0x05,
    fc
      .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 128))
      .map(([data, subtype]) => Buffer.concat([int32(data.length), Buffer.from([subtype]), data])),
  ),
  typed(
    0x0b,
    fc
      .tuple(pattern, fc.constantFrom("", "i", "ims", "x"))
      .map(([each, options]) => Buffer.concat([each, cstring(options)])),
  ),
  typed(0x0c, fc.tuple(string, bytes(12)).map(Buffer.concat)),
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

/** A document with any fields, including duplicate keys, or none. */
export const anyDocument: fc.Arbitrary<Buffer> = fc
  .array(fc.tuple(key, anyValue), { maxLength: 8 })
  .map(toDocument);

/** Nested documents. */
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

const eightBytes = (write: (buffer: Buffer) => void) => {
  const buffer = Buffer.alloc(8);
  write(buffer);
  return buffer;
};

const double = typed(
  0x01,
  fc.double().map((value) => eightBytes((buffer) => buffer.writeDoubleLE(value))),
);
const date = typed(
  0x09,
  fc
    .date({ noInvalidDate: true })
    .map((date) => eightBytes((buffer) => buffer.writeBigInt64LE(BigInt(date.getTime())))),
);

/** An operator, whose operand Extended JSON can represent exactly: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
const condition = fc
  .tuple(fc.constantFrom("$gt", "$eq", "$exists", "$type", "$in"), fc.oneof(...exactInJson, double, date))
  .map(([operator, value]): Value => [0x03, toDocument([[operator, value]])]);

const flag: Value = [0x08, Buffer.from([1])];

/** The definition of any index, as `listIndexes` returns it. */
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
