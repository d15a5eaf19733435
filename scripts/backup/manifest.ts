import { hash } from "node:crypto";
import { z } from "zod";
import { BackupError } from "./errors.ts";
import { type BackupStore, readWhole } from "./store.ts";

const count = z.number().int().nonnegative();
const sum = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const file = z.object({ bytes: count, sha256: sum });

const collection = z.object({
  name: z.string().min(1),
  type: z.enum(["collection", "view"]),
  /** The file with its options and indexes. */
  metadata: file,
  /** Definitions of the indexes, in canonical Extended JSON. */
  indexes: z.array(z.string()),
  /** The file with its documents; a view has none. */
  data: z
    .object({
      ...file.shape,
      documents: count,
      /** Of the documents, in whatever order they come. */
      digest: sum,
      /** The documents' bytes before they were compressed. */
      uncompressed: file,
      /** Newest time that a document tells of itself, or null if none does. */
      newest: time.nullable(),
    })
    .optional(),
});

const manifest = z.object({
  /** Version of this format. */
  format: z.literal(1),
  id: z.string(),
  /** A name that MongoDB allows is one that a path can hold. */
  database: z.string().regex(/^[^/\\. "$*<>:|?]+$/),
  /** Version of the server. */
  server: z.string(),
  startedAt: time,
  finishedAt: time,
  /** Whether all documents are as they were at one moment, and if not, why. */
  consistency: z.discriminatedUnion("snapshot", [
    z.object({ snapshot: z.literal(true), at: time }),
    z.object({ snapshot: z.literal(false), because: z.string() }),
  ]),
  collections: z.array(collection),
});

/** What a backup holds. It is written last: a backup without one does not exist. */
export type Manifest = Readonly<z.infer<typeof manifest>>;

export type CollectionEntry = z.infer<typeof collection>;

export const manifestName = "manifest.json";

export const manifestPath = (id: string): string => `${id}/${manifestName}`;

/** The last lines are the sum of all before them. */
const sealed = /^(.*),\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/s;

/** The file, which carries a sum of itself. */
export function manifestFile(content: Manifest): Buffer {
  const text = JSON.stringify(content, null, 2).slice(0, -"\n}".length);
  return Buffer.from(`${text},\n  "sha256": "${hash("sha256", text, "hex")}"\n}\n`);
}

/**
 * Reads the manifest of a backup.
 * @throws {BackupError} if there is none, or not as it was written
 */
export async function readManifest(store: BackupStore, id: string): Promise<Manifest> {
  const path = manifestPath(id);
  const bytes = await readWhole(store, path);
  // As text bytes that are no UTF-8 would all look alike.
  const [, content, expected] = sealed.exec(bytes.toString("latin1")) ?? [];
  if (content === undefined || hash("sha256", Buffer.from(content, "latin1"), "hex") !== expected) {
    throw damaged(path, "it is not as it was written");
  }
  const parsed = JSON.parse(bytes.toString()) as { format: unknown };
  if (parsed.format !== 1) {
    throw new BackupError(
      `${path} has the format ${parsed.format}, and this reads format 1. Use the version of this command that made it.`,
    );
  }
  const { data, error } = manifest.safeParse(parsed);
  if (error) throw damaged(path, z.prettifyError(error));
  if (data.id !== id) throw damaged(path, `it is that of the backup ${data.id}`);
  return data;
}

const damaged = (path: string, reason: string) =>
  new BackupError(
    `The manifest ${path} is damaged: ${reason}. Use another backup: \`backup list\` shows all.`,
  );

/** How many documents a backup holds. */
export const documentsOf = ({ collections }: Manifest): number =>
  collections.reduce((sum, { data }) => sum + (data?.documents ?? 0), 0);
