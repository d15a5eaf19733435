import { randomBytes } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { BSON } from "mongodb";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { cstring, document, text } from "../../support/bson-bytes.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { isThorough } from "../../support/thorough.ts";
import type { WireCollection } from "../../support/wire-database.ts";
import { anyDocument, anyIndex, deepDocument } from "./arbitrary-bson.ts";
import { createDocuments, createDump, useWireDatabase } from "./fixture.ts";

describe("A backup and its restore, on a server that keeps bytes unchanged", () => {
  const server = useWireDatabase();
  const folder = useTemporaryFolder();

  const [from, to] = ["source", "target"];

  /** Backs up and restores, and returns the restored collection. */
  async function roundTrip(collection: Partial<WireCollection>, name = "things"): Promise<WireCollection> {
    server.collections.clear();
    server.put(`${from}.${name}`, collection);
    const dump = await createDump(server.open(from), new FolderLocation(folder()));
    await restoreDump({ dump, database: server.open(to), clock: Date.now });
    expect([...server.collections.keys()].sort()).to.deep.equal([`${from}.${name}`, `${to}.${name}`]);
    return server.collections.get(`${to}.${name}`)!;
  }

  const hex = (buffers: Buffer[]) => buffers.map((each) => each.toString("hex"));

  it("return any document byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { maxLength: 30 }), async (documents) => {
        const { documents: restored } = await roundTrip({ documents });
        expect(hex(restored)).to.deep.equal(hex(documents));
      }),
      { numRuns: isThorough ? 60 : 10 },
    );
  });

  it("return many documents byte for byte, as a chunk is compressed while the next one is filled", async () => {
    const documents = createDocuments(4_000, () => ({ noise: randomBytes(1_000) }));
    const { documents: restored } = await roundTrip({ documents });
    // Several inserts are in flight.
    const [expected, found] = [documents, restored].map((each) => Buffer.concat(each.toSorted(Buffer.compare)));
    expect(found!.equals(expected!)).to.equal(true);
  });

  it("return any index byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyIndex, { maxLength: 6, selector: (index) => BSON.deserialize(index).name }),
        async (definitions) => {
          const ownIndex = server.put("x.y", {}).indexes[0]!;
          const { indexes } = await roundTrip({ indexes: [ownIndex, ...definitions] });
          // TTL indexes come last.
          expect(hex(indexes).sort()).to.deep.equal(hex([ownIndex, ...definitions]).sort());
        },
      ),
      { numRuns: isThorough ? 60 : 10 },
    );
  });

  it("return options byte for byte, with their fields in order", async () => {
    const options = document([
      [0x08, "capped", Buffer.from([1])],
      [
        0x03,
        "validator",
        document([
          [0x03, "b", document([[0x10, "$gt", Buffer.alloc(4)]])],
          [0x10, "1", Buffer.alloc(4)],
        ]),
      ],
      [0x02, "validationLevel", text("moderate")],
    ]);
    server.user = new DatabaseUser([...getPrivileges("readWrite"), ...getPrivileges("dbAdmin")]);
    expect((await roundTrip({ options })).options.toString("hex")).to.equal(options.toString("hex"));
  });

  it("keep documents that are deep, large, tiny and many", async () => {
    const large = document([[0x02, "a", text("x".repeat(15_900_000))]]);
    const deep = deepDocument(150);
    const tiny = Array.from({ length: 20_000 }, () => document([]));
    const documents = [large, deep, ...tiny, large];
    const { documents: restored } = await roundTrip({ documents });
    expect(restored.length).to.equal(documents.length);
    expect(Buffer.concat(restored).equals(Buffer.concat(documents))).to.equal(true);
  });

  it("keep a pattern that JavaScript rejects, in the first document too", async () => {
    const documents = [document([[0x0b, "a", Buffer.concat([cstring("(?i)["), cstring("")])]])];
    expect(hex((await roundTrip({ documents })).documents)).to.deep.equal(hex(documents));
  });

  it("keep collections of any name", async () => {
    const long = ["x".repeat(120), "é".repeat(100)];
    for (const name of ["a b", "a+b", "a%2Bb", "a/b", "../up", "ünï", "50%", ...long, "A$", "a'(b)*!"]) {
      const documents = [document([[0x02, "name", text(name)]])];
      expect(hex((await roundTrip({ documents }, name)).documents), name).to.deep.equal(hex(documents));
    }
  });

  it("keep views", async () => {
    const options = document([
      [0x02, "viewOn", text("things")],
      [0x04, "pipeline", document([])],
    ]);
    expect((await roundTrip({ type: "view", options })).options.toString("hex")).to.equal(options.toString("hex"));
  });
});
