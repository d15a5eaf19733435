// The driver declares only what its index exports.

declare module "mongodb/lib/cmap/commands.js" {
  /**
   * Documents of a command, to be sent beside it.
   *
   * @param documents shown to monitors of commands, one for each of `serialized`
   * @param serialized BSON, of one document or of several that follow each other, sent as it is
   */
  export function makeDocumentSequence(
    field: string,
    documents: readonly object[],
    serialized: readonly Uint8Array[],
  ): object;
}
