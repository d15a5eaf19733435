import { checkDocument } from "./bson-elements.ts";
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
  for await (const { bytes, documents } of documentsIn(pieces)) {
    for (let start = 0; start < bytes.length; ) {
      const end = checkDocument(bytes, start);
      content.add(bytes.subarray(start, end));
      start = end;
    }
    progress.advance(documents);
  }
  return content.sums;
}
