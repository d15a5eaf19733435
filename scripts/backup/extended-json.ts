import { BSON } from "mongodb";
import { parseCanonicalJson } from "./ordered-bson.ts";

/** Keys that an object would move or interpret: numbers, types of the driver, and references. */
const neededOrder = /"(?:\d+|_bsontype|\$ref)"\s*:/;

/** A string, which stays as it is, or a number that `JSON.parse` would round, or whose type it would lose. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)|-?\d{10,}/gs;

/** A date as text, or of 16 digits and more, possibly one that JavaScript cannot represent: the driver would write 1970. */
const doubtfulDate = /"\$date"\s*:\s*(?:"([^"]*)"|(?:\{\s*"\$numberLong"\s*:\s*")?(-?\d{16,}))/g;

/** Relaxed Extended JSON writes 5.0 for the double 5, and the digits of a long integer. */
function keepNumber(token: string): string {
  if (token.startsWith('"')) return token;
  if (/[.eE]/.test(token)) return `{"$numberDouble":"${token}"}`;
  return Number(token) === (Number(token) | 0) ? token : `{"$numberLong":"${token}"}`;
}

/**
 * Converts a document from canonical or relaxed Extended JSON into BSON, with its fields in order and the types of its values. Of the
 * deprecated types, `undefined` becomes null, and a `dbPointer` a reference.
 * https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
 *
 * @throws {Error} if the text is not a document in Extended JSON, or has a date that JavaScript cannot represent
 */
export function toBsonDocument(text: string): Uint8Array {
  for (const [, date, milliseconds] of text.matchAll(doubtfulDate)) {
    if (Number.isNaN(new Date(date ?? Number(milliseconds)).getTime())) {
      throw new RangeError(`the date ${date ?? milliseconds} is invalid, or too far away`);
    }
  }
  const exact = text.replace(stringOrNumber, keepNumber);
  const document: unknown = neededOrder.test(exact)
    ? parseCanonicalJson(exact)
    : BSON.EJSON.parse(exact, { relaxed: false });
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new SyntaxError("it is not a document");
  }
  return BSON.serialize(document);
}
