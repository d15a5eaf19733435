import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { BSON } from "mongodb";
import { createBackup } from "../../../scripts/backup/create.ts";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { verifyBackup } from "../../../scripts/backup/verify.ts";
import { document, text } from "../../support/bson-bytes.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { type WireCollection, WireDatabase } from "../../support/wire-database.ts";
import { anyDocument, anyIndex, deepDocument } from "./arbitrary-bson.ts";

describe("A backup and its restore, on a server that keeps bytes as they come", () => {
  const server = new WireDatabase();
  let folder: string;

  before(async () => {
    await server.start();
    folder = await mkdtemp(join(tmpdir(), "ecobeat-backup-"));
  });
  beforeEach(() => {
    server.collections.clear();
    server.user = new DatabaseUser();
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const [from, to] = ["source", "target"];
  const clock = () => Date.UTC(2026, 10, 22, 22, 30);

  /** Backs up and restores, and gives the collection as it is then. */
  async function roundTrip(collection: Partial<WireCollection>, name = "things"): Promise<WireCollection> {
    server.collections.clear();
    server.put(`${from}.${name}`, collection);
    const store = new FolderLocation(folder);
    const { id } = await createBackup({ database: server.open(from), location: store, clock });
    const { dump } = await verifyBackup(store, id);
    await restoreDump({ dump, database: server.open(to), clock });
    expect([...server.collections.keys()].sort()).to.deep.equal([`${from}.${name}`, `${to}.${name}`]);
    return server.collections.get(`${to}.${name}`)!;
  }

  const hex = (buffers: Buffer[]) => buffers.map((each) => each.toString("hex"));

  it("give any document back byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { maxLength: 30 }), async (documents) => {
        const { documents: restored } = await roundTrip({ documents });
        expect(hex(restored)).to.deep.equal(hex(documents));
      }),
      { numRuns: 60 },
    );
  });

  it("give any index back byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyIndex, { maxLength: 6, selector: (index) => BSON.deserialize(index).name }),
        async (definitions) => {
          const ownIndex = server.put("x.y", {}).indexes[0]!;
          const { indexes } = await roundTrip({ indexes: [ownIndex, ...definitions] });
          // Those that delete documents come last.
          expect(hex(indexes).sort()).to.deep.equal(hex([ownIndex, ...definitions]).sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("give options back byte for byte, with their fields in order", async () => {
    const options = document(
      [["capped", "01"] as const]
        .map(([key, value]) => [0x08, key, Buffer.from(value, "hex")] as const)
        .concat([
          [
            0x03,
            "validator",
            document([
              [0x03, "b", document([[0x10, "$gt", Buffer.alloc(4)]])],
              [0x10, "1", Buffer.alloc(4)],
            ]),
          ],
          [0x02, "validationLevel", text("moderate")],
        ] as never),
    );
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

  it("keep collections of any name", async () => {
    for (const name of [
      "a b",
      "a/b",
      "../up",
      "ünï",
      "50%",
      "x".repeat(120),
      "é".repeat(100),
      "A$",
      "a'(b)*!",
    ]) {
      const documents = [document([[0x02, "name", text(name)]])];
      expect(hex((await roundTrip({ documents }, name)).documents), name).to.deep.equal(hex(documents));
    }
  });

  it("keep views", async () => {
    server.put(`${from}.things`, {});
    const options = document([
      [0x02, "viewOn", text("things")],
      [0x04, "pipeline", document([])],
    ]);
    server.put(`${from}.some`, { type: "view", options });
    const store = new FolderLocation(folder);
    const { id } = await createBackup({ database: server.open(from), location: store, clock });
    const { dump } = await verifyBackup(store, id);
    await restoreDump({ dump, database: server.open(to), clock });
    expect(server.collections.get(`${to}.some`)!.options.toString("hex")).to.equal(options.toString("hex"));
  });
});
