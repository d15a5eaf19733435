import { z } from "zod";

export { prettifyError } from "zod";

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const file = z.object({ bytes: count, sha256: sha256 });

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
      digest: sha256,
      /** The documents' bytes before they were compressed. */
      uncompressed: file,
      /** Newest time that a document tells of itself, or null if none does. */
      newest: time.nullable(),
    })
    .optional(),
});

export const manifestSchema = z.object({
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
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

export type CollectionEntry = z.infer<typeof collection>;
