import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip, type Gzip } from "node:zlib";

/** Larger pieces than zlib's own 16 KiB: each costs a turn of the event loop. */
const pieceBytes = 256 * 1024;

/** Compresses a stream. It is done with a piece when it asks for the next one. */
export async function* compressed(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip({ chunkSize: pieceBytes });
  feed(gzip, pieces).then(
    () => gzip.end(),
    // The reader below gets it.
    (error: Error) => gzip.destroy(error),
  );
  yield* gzip as AsyncIterable<Buffer>;
}

async function feed(gzip: Gzip, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      gzip.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Decompresses a stream. An error of the source comes out as it is. */
export function decompressed(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  // The reader gets the error: `pipeline` destroys what it reads from with it.
  pipeline(Readable.from(pieces, { objectMode: false, highWaterMark: pieceBytes }), gunzip, () => {});
  return gunzip;
}
