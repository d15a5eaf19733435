// The driver declares only what its index exports.

declare module "mongodb/lib/cmap/commands.js" {
  /**
   * Documents of a command, to be sent beside it.
   *
   * @param documents shown to monitors of commands
   * @param serialized their BSON, sent as it is
   */
  export function makeDocumentSequence(
    field: string,
    documents: readonly object[],
    serialized: readonly Uint8Array[],
  ): object;
}
