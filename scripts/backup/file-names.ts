import { createHash } from "node:crypto";

/** Longest name of a file less the longest ending, `.metadata.json.gz`. */
const longestName = 238;

/**
 * The files of a collection in a dump, as the MongoDB tools name them:
 * `outputPath` in https://github.com/mongodb/mongo-tools/blob/master/mongodump/prepare.go
 */
export function filesOf(database: string, collection: string): { data: string; metadata: string } {
  const path = `${database}/${fileName(collection)}`;
  return { data: `${path}.bson.gz`, metadata: `${path}.metadata.json.gz` };
}

function fileName(collection: string): string {
  const escaped = escapeName(collection);
  if (escaped.length <= longestName) return escaped;
  const digest = createHash("sha1").update(collection).digest("base64url");
  return `${escaped.slice(0, 208)}%24${digest}`;
}

/** As `url.PathEscape` in Go does it, which differs from JavaScript's in a few signs. */
function escapeName(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(?:24|26|2B|3D|3A|40)/g, (code) => decodeURIComponent(code));
}
