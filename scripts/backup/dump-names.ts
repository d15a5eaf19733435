import { createHash } from "node:crypto";

/** Longest name of a file, 255 bytes, less the longest ending, `.metadata.json.gz`. */
const maxNameLength = 238;

/** What stands between the beginning of a long name and its hash: an escaped dollar sign. */
const delimiter = "%24";

/**
 * The name of a collection's files in a dump, without their endings, as the MongoDB tools choose it: `outputPath` in
 * https://github.com/mongodb/mongo-tools/blob/master/mongodump/prepare.go
 */
export function toFileName(collection: string): string {
  const escaped = escapeName(collection);
  if (escaped.length <= maxNameLength) return escaped;
  const digest = createHash("sha1").update(collection).digest("base64url");
  return `${escaped.slice(0, maxNameLength - delimiter.length - digest.length)}${delimiter}${digest}`;
}

/** As `url.QueryEscape` in Go does it: it keeps only letters, digits and `-_.~`, and a space becomes a plus sign. */
const escapeName = (name: string): string =>
  encodeURIComponent(name)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

/**
 * The collection of a file that no metadata names.
 * @throws {Error} if the name is cut off, or no tool has written it
 */
export function fromFileName(fileName: string): string {
  if (fileName.length === maxNameLength && fileName.includes(delimiter)) {
    throw new Error("its name is cut off, and no metadata has the complete one");
  }
  return decodeURIComponent(fileName.replaceAll("+", " "));
}
