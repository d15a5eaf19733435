import fc from "fast-check";
import { BSON } from "mongodb";
import { anyText } from "../../support/any-text.ts";
import { cstring, document, text } from "../../support/bson-bytes.ts";

/** BSON allows all keys without a zero. */
const key = fc.oneof(
  fc.constantFrom("", "a", "1", "0", "10", "a.b", ".", "$set", "$date", "$numberInt", "$oid", "$ref"),
  fc.constantFrom("createdAt", "updatedAt", "__proto__", "constructor", "toBSON", "_bsontype"),
  fc.constantFrom("ключ", "\u{1f30d}", "'\"\\"),
  anyText(8).map((string) => string.replaceAll("\0", "")),
);

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

const string = anyText(40).map(text);

const pattern = anyText(10).map((string) => cstring(string.replaceAll("\0", "")));

const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
};

/** A value with the number of its type. */
type Value = [number, Buffer];

const typed = (type: number, value: fc.Arbitrary<Buffer>): fc.Arbitrary<Value> => value.map((value) => [type, value]);

const ofSize = (size: number, ...types: number[]) => types.map((type) => typed(type, bytes(size)));

/** All types of https://bsonspec.org/spec.html that contain no others, including the deprecated ones. */
const simple = fc.oneof(
  typed(0x08, fc.constantFrom(Buffer.from([0]), Buffer.from([1]))),
  // Undefined, null, maxKey and minKey; int32; double, date, timestamp and int64; ObjectId; decimal128.
  ...ofSize(0, 0x06, 0x0a, 0x7f, 0xff),
  ...ofSize(4, 0x10),
  ...ofSize(8, 0x01, 0x09, 0x11, 0x12),
  ...ofSize(12, 0x07),
  ...ofSize(16, 0x13),
  // Text, code and symbol.
  ...[0x02, 0x0d, 0x0e].map((type) => typed(type, string)),
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
export const anyDocument: fc.Arbitrary<Buffer> = fc.array(fc.tuple(key, anyValue), { maxLength: 8 }).map(toDocument);

/** Nested documents. */
export function deepDocument(depth: number): Buffer {
  let deep = document([]);
  for (let i = 0; i < depth; i++) deep = document([[0x03, "a", deep]]);
  return deep;
}

const indexType = fc.constantFrom<unknown>(1, -1, new BSON.Double(1), BSON.Long.NEG_ONE, "2dsphere", "text", "hashed");

const path = fc.constantFrom("a", "b.c", "1", "2024", "10", "$**", "a.$**", "userId", "email");

/** Values that Extended JSON can represent exactly: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
const exactInJson = fc.oneof<fc.Arbitrary<unknown>[]>(
  anyText(40),
  fc.boolean(),
  fc.constantFrom(null, new BSON.MinKey(), new BSON.MaxKey()),
  fc.integer(),
  fc.double().map((value) => new BSON.Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  bytes(8).map((value) => new BSON.Timestamp(value.readBigUInt64LE())),
  bytes(12).map((value) => new BSON.ObjectId(value)),
  fc.date({ noInvalidDate: true }),
);

const condition = fc
  .tuple(fc.constantFrom("$gt", "$eq", "$exists", "$type", "$in"), exactInJson)
  .map(([operator, value]) => new Map([[operator, value]]));

/** The definition of any index, as `listIndexes` returns it. */
export const anyIndex: fc.Arbitrary<Buffer> = fc
  .record(
    {
      key: fc
        .uniqueArray(fc.tuple(path, indexType), { minLength: 1, maxLength: 4, selector: ([path]) => path })
        .map((fields) => new Map(fields)),
      name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((name) => name.replaceAll("\0", "_")),
      unique: fc.constant(true),
      sparse: fc.constant(true),
      hidden: fc.constant(true),
      expireAfterSeconds: fc.nat(),
      partialFilterExpression: fc
        .uniqueArray(fc.tuple(path, condition), { maxLength: 3, selector: ([path]) => path })
        .map((fields) => new Map(fields)),
      collation: fc.record({ locale: fc.constantFrom("it", "en", "simple") }),
      weights: fc
        .uniqueArray(path, { minLength: 1, maxLength: 3 })
        .map((paths) => new Map(paths.map((path) => [path, 1]))),
    },
    { requiredKeys: ["key", "name"] },
  )
  .map((index) => Buffer.from(BSON.serialize({ v: 2, ...index })));
