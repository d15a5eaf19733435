/**
 * Parses BSON without creating objects, which would lose the order of keys such as "1", duplicate keys and deprecated types.
 * Types and their sizes: https://bsonspec.org/spec.html
 */

/** MongoDB allows 100 levels of nested documents, and internally some more. */
const maxNesting = 1_000;

export const minDocumentBytes = 5;

export const types = {
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  objectId: 0x07,
  date: 0x09,
  regularExpression: 0x0b,
  databasePointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
} as const;

/** Bytes of a value, by type, or -1 if the value contains its size. */
const sizes = new Int8Array(256).fill(-1);
// Undefined, null, maxKey and minKey; boolean; int32; double, date, timestamp and int64; ObjectId; decimal128.
for (const type of [0x06, 0x0a, 0x7f, 0xff]) sizes[type] = 0;
sizes[0x08] = 1;
sizes[0x10] = 4;
for (const type of [0x01, 0x09, 0x11, 0x12]) sizes[type] = 8;
sizes[0x07] = 12;
sizes[0x13] = 16;

/** An element of a document. */
export interface Element {
  readonly type: number;
  readonly key: string;
  /** Offsets of the value. */
  readonly start: number;
  readonly end: number;
}

/** The elements of a document that {@link checkDocument} accepts. */
export function* readElements(bytes: Buffer): Generator<Element> {
  let position = 4;
  while (bytes[position] !== 0) {
    const keyEnd = bytes.indexOf(0, position + 1);
    const [type, start] = [bytes[position]!, keyEnd + 1];
    const end = findValueEnd(bytes, type, start, bytes.length);
    yield { type, key: bytes.toString("utf8", position + 1, keyEnd), start, end };
    position = end;
  }
}

/**
 * Checks the structure of a document: all lengths, types and ends, at any depth.
 *
 * @param limit offset that the document must not exceed
 * @returns the offset of its end
 * @throws {Error} if it is invalid
 */
export function checkDocument(bytes: Buffer, start = 0, limit = bytes.length, depth = 0): number {
  if (depth > maxNesting) throw new Error(`documents are nested more than ${maxNesting} levels deep`);
  const end = start + readLength(bytes, start, minDocumentBytes, limit - start);
  if (bytes[end - 1] !== 0) throw new Error("a document does not end with a zero");
  let position = start + 4;
  while (position < end - 1) {
    const type = bytes[position]!;
    const valueStart = bytes.indexOf(0, position + 1) + 1;
    if (valueStart === 0 || valueStart > end - 1) throw new Error("a name does not end");
    position = findValueEnd(bytes, type, valueStart, end - 1);
    if (type === types.document || type === types.array) {
      checkDocument(bytes, valueStart, position, depth + 1);
    }
  }
  return end;
}

/**
 * The newest time in a document: that of its `_id`, if it is an ObjectId, and its dates `createdAt` and `updatedAt`.
 * @returns milliseconds since 1970, or `undefined`
 */
export function findDocumentTime(bytes: Buffer): number | undefined {
  let newest: number | undefined;
  let position = 4;
  while (bytes[position] !== 0) {
    const type = bytes[position]!;
    const keyEnd = bytes.indexOf(0, position + 1);
    const time = readTime(bytes, type, position + 1, keyEnd);
    if (time !== undefined && (newest === undefined || time > newest)) newest = time;
    position = findValueEnd(bytes, type, keyEnd + 1, bytes.length);
  }
  return newest;
}

function readTime(bytes: Buffer, type: number, keyStart: number, keyEnd: number): number | undefined {
  if (type === types.objectId && bytes.toString("latin1", keyStart, keyEnd) === "_id") {
    return bytes.readUInt32BE(keyEnd + 1) * 1_000;
  }
  if (type !== types.date || keyEnd - keyStart !== 9) return undefined;
  const key = bytes.toString("latin1", keyStart, keyEnd);
  return key === "createdAt" || key === "updatedAt" ? Number(bytes.readBigInt64LE(keyEnd + 1)) : undefined;
}

function findValueEnd(bytes: Buffer, type: number, start: number, limit: number): number {
  const size = sizes[type]!;
  const end = start + (size >= 0 ? size : computeVariableSize(bytes, type, start, limit));
  if (end > limit) throw new Error("a value is longer than its document");
  return end;
}

function computeVariableSize(bytes: Buffer, type: number, start: number, limit: number): number {
  const most = limit - start;
  switch (type) {
    case types.string:
    case types.code:
    case types.symbol:
      return 4 + readTextLength(bytes, start, most);
    case types.databasePointer:
      return 4 + readTextLength(bytes, start, most) + 12;
    case types.document:
    case types.array:
      return readLength(bytes, start, minDocumentBytes, most);
    case types.codeWithScope:
      return readLength(bytes, start, 14, most);
    case types.binary:
      return 5 + readLength(bytes, start, 0, most);
    case types.regularExpression: {
      const options = bytes.indexOf(0, start) + 1;
      const end = options === 0 ? 0 : bytes.indexOf(0, options) + 1;
      if (end === 0) throw new Error("a regular expression does not end");
      return end - start;
    }
    default:
      throw new Error(`there is no type 0x${type.toString(16).padStart(2, "0")}`);
  }
}

/** The length of a string, which includes the zero at its end. */
function readTextLength(bytes: Buffer, start: number, most: number): number {
  const length = readLength(bytes, start, 1, most);
  if (bytes[start + 3 + length] !== 0) throw new Error("a string does not end with a zero");
  return length;
}

function readLength(bytes: Buffer, position: number, least: number, most: number): number {
  if (most < 4) throw new Error("it ends within a length");
  const length = bytes.readInt32LE(position);
  if (length < least || length > most) throw new Error(`a length is ${length}, not from ${least} to ${most}`);
  return length;
}
