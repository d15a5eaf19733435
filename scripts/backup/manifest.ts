import { hash } from "node:crypto";
import { OperatorError } from "../cli/errors.ts";
import { toFileName } from "./dump-names.ts";
import { type BackupLocation, readAll } from "./location.ts";
import type { CollectionEntry, Manifest } from "./manifest-schema.ts";

export type { CollectionEntry, Manifest };

export const manifestName = "manifest.json";

export const getManifestPath = (id: string): string => `${id}/${manifestName}`;

/** The last lines are the checksum of all lines before them. */
const checksummedFile = /^(.*),\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/s;

/** The file, with a checksum of itself. */
export function toManifestFile(content: Manifest): Buffer {
  const text = JSON.stringify(content, null, 2).slice(0, -"\n}".length);
  return Buffer.from(`${text},\n  "sha256": "${hash("sha256", text, "hex")}"\n}\n`);
}

/**
 * Reads the manifest of a backup.
 * @throws {OperatorError} if it does not exist or is damaged
 */
export async function readManifest(location: BackupLocation, id: string): Promise<Manifest> {
  const path = getManifestPath(id);
  const bytes = await readAll(location, path);
  // In UTF-8, all invalid bytes would become the same character.
  const [, content, expected] = checksummedFile.exec(bytes.toString("latin1")) ?? [];
  if (content === undefined || hash("sha256", Buffer.from(content, "latin1"), "hex") !== expected) {
    throw damaged(path, "Its checksum does not match its content.");
  }
  const parsed = JSON.parse(bytes.toString()) as { format: unknown };
  if (parsed.format !== 1) {
    throw new OperatorError("manifest-format-unsupported", {
      what: `${path} has format ${parsed.format}.`,
      why: "This version of the command reads format 1 only.",
      action: "Use the version that created the backup.",
    });
  }
  // Creating a backup does not load it.
  const { manifestSchema, prettifyError } = await import("./manifest-schema.ts");
  const { data, error } = manifestSchema.safeParse(parsed);
  if (error) throw damaged(path, prettifyError(error));
  if (data.id !== id) throw damaged(path, `It belongs to the backup ${data.id}.`);
  return data;
}

const damaged = (path: string, why: string) =>
  new OperatorError("manifest-damaged", {
    what: `The manifest ${path} is damaged.`,
    why,
    action: "Use another backup: `backup list` shows all.",
  });

/** How many documents a backup holds. */
export const countDocuments = ({ collections }: Manifest): number =>
  collections.reduce((sum, { data }) => sum + (data?.documents ?? 0), 0);

/** The files of a collection in a dump, as the MongoDB tools name them. */
export function getCollectionPaths(database: string, collection: string): { data: string; metadata: string } {
  const path = `${database}/${toFileName(collection)}`;
  return { data: `${path}.bson.gz`, metadata: `${path}.metadata.json.gz` };
}
