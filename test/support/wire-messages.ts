/** Op codes of https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
export const opCodes = { reply: 1, query: 2004, message: 2013 } as const;

const headerLength = 16;

/** Cuts what comes through a connection into whole messages. */
export class MessageReader {
  #chunks: Buffer[] = [];
  /** Bytes of the chunks, and of what they must at least contain: joining them for each would copy a large message again and again. */
  #length = 0;
  #needed = headerLength;

  *read(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let pending = Buffer.concat(this.#chunks);
    for (;;) {
      this.#needed = pending.length < headerLength ? headerLength : pending.readInt32LE(0);
      if (pending.length < this.#needed) break;
      yield pending.subarray(0, this.#needed);
      pending = pending.subarray(this.#needed);
    }
    [this.#chunks, this.#length] = [[pending], pending.length];
  }
}

/** A message in answer to another one. */
export function toMessage(opCode: number, responseTo: number, parts: Uint8Array[]): Buffer {
  const message = Buffer.concat([Buffer.alloc(16), ...parts]);
  message.writeInt32LE(message.length);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
  return message;
}

export const getOpCode = (message: Buffer): number => message.readInt32LE(12);

/** The answer of a command, in BSON, as a message. */
export const toReply = (message: Buffer, answer: Uint8Array): Buffer =>
  toMessage(opCodes.message, message.readInt32LE(4), [Buffer.alloc(5), answer]);

/** The command of a message, and the documents that are sent beside it. */
export function parseSections(message: Buffer): { body: Buffer; sequence: Buffer[] } {
  let body: Buffer = Buffer.alloc(0);
  const sequence: Buffer[] = [];
  for (let position = 20; position < message.length; ) {
    const start = position + 1;
    const end = start + message.readInt32LE(start);
    if (message[position] === 0) body = message.subarray(start, end);
    else {
      let next = message.indexOf(0, start + 4) + 1;
      for (; next < end; next += message.readInt32LE(next)) {
        sequence.push(message.subarray(next, next + message.readInt32LE(next)));
      }
    }
    position = end;
  }
  return { body, sequence };
}
