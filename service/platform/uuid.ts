/** As `randomUUID` spells it: one UUID has one spelling. */
export const uuidPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export const uuidBytes = 16;

/**
 * The bytes of a UUID.
 * @throws {TypeError} if it is none: the decoder ends silently at the first character that is no digit
 */
export function fromUuid(uuid: string): Buffer {
  if (!uuidPattern.test(uuid)) throw new TypeError("An id must be a UUID in lower case, as `randomUUID` spells it.");
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}

/** The UUID with these 16 bytes. */
export const toUuid = (bytes: Buffer): string =>
  bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
