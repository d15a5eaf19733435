import { BSON } from "mongodb";
import { parseCanonicalJson } from "./ordered-bson.ts";

/** Keys that an object would move, lose or interpret: numbers, deprecated types, and references. */
const neededOrder = /"(?:\d+|__proto__|_bsontype|\$ref|\$undefined|\$symbol|\$code|\$dbPointer)"\s*:/;

/** A string, which stays as it is, or a number that `JSON.parse` would round or turn into an integer. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)|-?\d{16,}/gs;

/** A date of 16 digits and more, possibly outside of what JavaScript can represent. */
const farDate = /"\$date"\s*:\s*\{\s*"\$numberLong"\s*:\s*"(-?\d{16,})"/g;

/** Milliseconds before and after 1970: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const mostMilliseconds = 8.64e15;

/** Relaxed Extended JSON writes 5.0 for the double 5, and the digits of a long integer. */
const keepNumber = (token: string): string =>
  token.startsWith('"') ? token : `{"$number${/[.eE]/.test(token) ? "Double" : "Long"}":"${token}"}`;

/**
 * Converts a document from canonical or relaxed Extended JSON into BSON, with its fields in order and the types of its values. Of the
 * deprecated types, `undefined` becomes null, and the scope of code may lose types.
 * https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
 *
 * @throws {Error} if the text is not a document in Extended JSON, or has a date that JavaScript cannot represent
 */
export function toBsonDocument(text: string): Uint8Array {
  for (const [, milliseconds] of text.matchAll(farDate)) {
    if (Math.abs(Number(milliseconds)) > mostMilliseconds)
      throw new RangeError(`the date ${milliseconds} is too far away`);
  }
  const exact = text.replace(stringOrNumber, keepNumber);
  const document: unknown = neededOrder.test(exact)
    ? parseCanonicalJson(exact)
    : BSON.EJSON.parse(exact, { relaxed: false });
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new SyntaxError("it is not a document");
  }
  return BSON.serialize(document, { ignoreUndefined: false });
}
