import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";

/** Larger pieces than zlib's own 16 KiB: each costs a turn of the event loop. */
const pieceBytes = 256 * 1024;

/** Compresses a stream. An error of the source comes out as it is. */
export function compressed(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return through(pieces, createGzip({ chunkSize: pieceBytes }));
}

/** Decompresses a stream. */
export function decompressed(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return through(pieces, createGunzip({ chunkSize: pieceBytes }));
}

function through(pieces: AsyncIterable<Buffer>, zlib: NodeJS.ReadWriteStream): AsyncIterable<Buffer> {
  // The reader gets the error: `pipeline` destroys what it reads from with it.
  pipeline(Readable.from(pieces, { objectMode: false, highWaterMark: pieceBytes }), zlib, () => {});
  return zlib as unknown as AsyncIterable<Buffer>;
}
