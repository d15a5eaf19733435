/** A BSON document of these elements: type, key, value. */
export function document(elements: readonly (readonly [number, string, Uint8Array])[]): Buffer {
  const parts = elements.flatMap(([type, key, value]) => [Buffer.from([type]), cstring(key), value]);
  const content = Buffer.concat([Buffer.alloc(4), ...parts, Buffer.alloc(1)]);
  content.writeInt32LE(content.length);
  return content;
}

/** A text of BSON: its length, its bytes and a zero. */
export function text(value: string): Buffer {
  const bytes = cstring(value);
  const length = Buffer.alloc(4);
  length.writeInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const cstring = (value: string): Buffer => Buffer.from(`${value}\0`);
