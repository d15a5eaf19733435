import { BsonError, checkDocument } from "./bson-elements.ts";
import { documentsIn } from "./bson-stream.ts";
import type { Progress } from "./progress.ts";
import { ContentSummer, type ContentSums } from "./sums.ts";

/**
 * Reads a collection's documents to the end and checks the structure of each.
 * @throws {BsonError}
 */
export async function checkDocuments(
  pieces: AsyncIterable<Buffer>,
  progress: Progress,
): Promise<ContentSums> {
  const content = new ContentSummer();
  for await (const documents of documentsIn(pieces)) {
    for (const document of documents) {
      if (checkDocument(document) !== document.length) throw new BsonError("a document has two lengths");
      content.add(document);
    }
    progress.advance(documents.length);
  }
  return content.sums;
}
