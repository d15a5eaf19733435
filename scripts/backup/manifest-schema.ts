import * as z from "zod";

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
  /** The file with its documents. A view has none. */
  data: z
    .object({
      ...file.shape,
      documents: count,
      /** Of the documents, independent of their order. */
      digest: sha256,
      /** The bytes of the documents before compression. */
      uncompressed: file,
      /** Newest time in a document, or null. */
      newest: time.nullable(),
    })
    .optional(),
});

export const manifestSchema = z.object({
  /** Version of this format. */
  format: z.literal(1),
  id: z.string(),
  /** A path can contain any name that MongoDB allows. */
  database: z.string().regex(/^[^/\\. "$*<>:|?]+$/),
  /** Version of the server. */
  server: z.string(),
  startedAt: time,
  finishedAt: time,
  /** Whether the backup is point-in-time consistent, and if not, why. */
  consistency: z.discriminatedUnion("snapshot", [
    z.object({ snapshot: z.literal(true), at: time }),
    z.object({ snapshot: z.literal(false), because: z.string() }),
  ]),
  /** `create` makes no backup of an empty database: one without collections would pass every check. */
  collections: z.array(collection).min(1),
});

/** Content of a backup. It is written last: without it, there is no backup. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

export type CollectionEntry = z.infer<typeof collection>;
