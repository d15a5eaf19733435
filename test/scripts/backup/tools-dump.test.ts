import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { BSON } from "mongodb";
import { createBackup } from "../../../scripts/backup/create-backup.ts";
import { FolderLocation } from "../../../scripts/backup/folder-location.ts";
import { toMetadataFile } from "../../../scripts/backup/metadata.ts";
import { parseOrdered } from "../../../scripts/backup/ordered-bson.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { isToolsDump, readToolsDump, rejectArchives } from "../../../scripts/backup/tools-dump.ts";
import { DatabaseUser, getPrivileges } from "../../support/database-user.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { anyIndex } from "./arbitrary-bson.ts";
import { toBson, useWireDatabase } from "./fixture.ts";

/** { "_id": "ann", "age": 7 } and { "_id": ObjectId, "tags": ["x"], "on": true }, byte for byte by https://bsonspec.org/spec.html */
const documents = Buffer.from(
  [
    "1b000000", // 27 bytes
    "02 5f696400 04000000 616e6e00", // string _id = "ann"
    "10 61676500 07000000", // int32 age = 7
    "00",
    "2f000000", // 47 bytes
    "07 5f696400 0102030405060708090a0b0c", // ObjectId _id
    "04 7461677300 0e000000 02 3000 02000000 7800 00", // array tags = ["x"]
    "08 6f6e00 01", // boolean on = true
    "00",
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

/** As mongodump 100 writes it. */
const metadata =
  '{"options":{"validator":{"age":{"$gt":{"$numberInt":"1"}}}},"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},' +
  '"name":"_id_"},{"v":{"$numberInt":"2"},"key":{"age":{"$numberInt":"-1"},"7":{"$numberDouble":"1.0"}},"name":"age_-1_7_1",' +
  '"unique":true}],"uuid":"bfcab3f53d4547558db73692ff763ecb","collectionName":"people/all","type":"collection"}';

/** Keys of values that canonical Extended JSON writes with a plain number, such as `{"$minKey":1}`. */
const ownNumbers = new Set(["$minKey", "$maxKey", "t", "i"]);

const prelude = '{"ServerVersion":"8.0.0","ToolVersion":"100.10.0"}';

describe("A dump of the MongoDB tools", () => {
  const server = useWireDatabase();
  const folder = useTemporaryFolder();

  async function put(files: Record<string, string | Buffer>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder(), path)), { recursive: true });
      await writeFile(join(folder(), path), content);
    }
  }
  const read = () => readToolsDump(new FolderLocation(folder()));
  const expectRejected = async (code: string) => (await expectCode(code, read)).message;

  for (const [title, compress, ending] of [
    ["plain", (text: string | Buffer) => text, ""],
    ["compressed", gzipSync, ".gz"],
  ] as const) {
    it(`is restored, ${title}`, async () => {
      await put({
        [`shop/people%2Fall.bson${ending}`]: compress(documents),
        [`shop/people%2Fall.metadata.json${ending}`]: compress(metadata),
        [`shop/prelude.json${ending}`]: compress(prelude),
        [`shop/system.users.bson${ending}`]: compress(documents),
      });
      const location = new FolderLocation(folder());
      expect(isToolsDump(await location.list())).to.equal(true);
      const dump = await read();
      server.user = new DatabaseUser([...getPrivileges("readWrite"), ...getPrivileges("dbAdmin")]);
      await restoreDump({ dump, database: server.open("target"), clock: Date.now });

      expect([...server.collections.keys()]).to.deep.equal(["target.people/all"]);
      const restored = server.collections.get("target.people/all")!;
      expect(Buffer.concat(restored.documents).equals(documents)).to.equal(true);
      expect(BSON.deserialize(restored.options)).to.deep.equal({ validator: { age: { $gt: 1 } } });
      const index = restored.indexes[1]!.toString("latin1");
      expect(index.indexOf("age\0")).to.be.lessThan(index.indexOf("7\0"));
      expect(BSON.deserialize(restored.indexes[1]!)).to.deep.include({ name: "age_-1_7_1", unique: true });
    });
  }

  it("is restored with indexes as old tools wrote them: plain numbers, and the namespace", async () => {
    await put({
      "prelude.json": prelude,
      "shop/people.bson": documents,
      "shop/people.metadata.json":
        '{"options":{},"indexes":[{"v":1,"key":{"_id":1},"name":"_id_","ns":"shop.people"},' +
        '{"v":1,"key":{"age":1.0,"place":"2dsphere"},"name":"both","ns":"shop.people","sparse":true}]}',
      "shop/adults.metadata.json":
        '{"options":{"viewOn":"people","pipeline":[{"$match":{"age":{"$gte":{"$numberInt":"18"}}}}]},"indexes":[]}',
      "shop/system.views.bson": documents,
      "shop/system.views.metadata.json": '{"options":{},"indexes":[]}',
    });
    await restoreDump({ dump: await read(), database: server.open("target"), clock: Date.now });
    expect([...server.collections.keys()].sort()).to.deep.equal(["target.adults", "target.people"]);
    const both = BSON.deserialize(server.collections.get("target.people")!.indexes[1]!);
    expect(both).to.deep.equal({ v: 1, key: { age: 1, place: "2dsphere" }, name: "both", sparse: true });
    expect(BSON.deserialize(server.collections.get("target.adults")!.options)).to.have.property("viewOn");
  });

  it("needs no file with options: old tools wrote none", async () => {
    await put({ "shop/people.bson": documents });
    const { collections } = await read();
    expect(collections.map(({ metadata, content }) => [metadata.name, content?.documents])).to.deep.equal([
      ["people", 2],
    ]);
  });

  it("is rejected if the structure of a document is invalid", async () => {
    for (const position of [0, 4, 12, 16, 26]) {
      const broken = Buffer.from(documents);
      broken[position] = 0x77;
      await put({ "shop/people.bson": broken });
      expect(await expectRejected("dump-collection-unusable")).to.contain("shop/people");
    }
    await put({ "shop/people.bson": documents.subarray(0, -1) });
    await expectRejected("dump-collection-unusable");
  });

  it("is rejected if it is that of several databases, of none, or has an oplog", async () => {
    await expectRejected("dump-not-of-one-database");
    await put({ "shop/a.bson": documents, "more/a.bson": documents });
    await expectRejected("dump-not-of-one-database");
    for (const name of ["oplog.bson", "oplog.bson.gz"]) {
      await put({ [name]: documents });
      await expectRejected("dump-has-oplog");
      await rm(join(folder(), name));
    }
  });

  it("is rejected if it holds a time series collection", async () => {
    await put({
      "shop/system.buckets.a.bson": documents,
      "shop/a.metadata.json": '{"options":{"timeseries":{"timeField":"t"}},"indexes":[],"type":"timeseries"}',
    });
    expect(await expectRejected("dump-collection-unusable")).to.contain("time series");
  });

  it("is rejected if it is an archive, and other files are not", async () => {
    // The magic number, a header, no collections, and the end: `common/archive/prelude.go` of the tools.
    const header = BSON.serialize({ concurrent_collections: 4, version: "0.1", server_version: "8.0.0" });
    const archive = Buffer.concat([Buffer.from("6de29981", "hex"), header, Buffer.from("ffffffff", "hex")]);
    await put({ plain: archive, compressed: gzipSync(archive), README: "text", empty: "", gz: gzipSync("") });
    const location = new FolderLocation(folder());
    await rejectArchives(location, ["README", "empty", "gz"]);
    for (const [path, options] of [
      ["plain", "--archive=plain ["],
      ["compressed", "--archive=compressed --gzip ["],
    ] as const) {
      const error = await expectCode("dump-is-archive", () => rejectArchives(location, ["README", path]));
      expect(error.message).to.contain(options);
    }
  });

  it("is not mistaken for a backup with a manifest", async () => {
    await put({ "manifest.json": "{}" });
    await expectRejected("dump-has-manifest");
  });

  it("has the same names and format as a backup", async () => {
    const [options] = toBson({ capped: true, size: new BSON.Int32(4096) });
    server.put("shop.people/all", {
      documents: [documents.subarray(0, 27), documents.subarray(27)],
      options: options!,
    });
    const location = new FolderLocation(folder());
    const { id } = await createBackup({ database: server.open("shop"), location: location, clock: Date.now });
    const file = join(folder(), id, "shop", "people%2Fall");
    // With gzip itself, as the tools would.
    expect(execFileSync("gzip", ["-dc", `${file}.bson.gz`]).equals(documents)).to.equal(true);
    expect(gunzipSync(await readFile(`${file}.metadata.json.gz`)).toString()).to.equal(
      '{"options":{"capped":true,"size":{"$numberInt":"4096"}},"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},' +
        '"name":"_id_"}],"uuid":"","collectionName":"people/all","type":"collection"}',
    );
  });

  /**
   * `MetadataFromJSON` and `CreateIndexes` in https://github.com/mongodb/mongo-tools/blob/master/mongorestore/metadata.go: canonical
   * Extended JSON and no other, each index with a key, and with a name that is a string.
   */
  it("has the same format as a backup: mongorestore accepts the options and indexes", () => {
    fc.assert(
      fc.property(fc.array(anyIndex, { maxLength: 4 }), (indexes) => {
        const options = parseOrdered(Buffer.from(BSON.serialize({ capped: true, size: 4096, max: 1.5 })));
        const file = toMetadataFile({
          name: "people",
          type: "collection",
          options,
          indexes: indexes.map(parseOrdered),
        });
        const text = gunzipSync(file).toString();
        const numbers: unknown[] = [];
        const written = JSON.parse(text, (key, value) => {
          if (typeof value === "number" && !ownNumbers.has(key)) numbers.push(value);
          return value;
        });
        expect(numbers, "numbers without their type").to.deep.equal([]);
        expect(written).to.include({ uuid: "", collectionName: "people" });
        expect(BSON.EJSON.deserialize(written.options, { relaxed: false })).to.have.keys("capped", "size", "max");
        expect(written.indexes).to.have.length(indexes.length);
        for (const index of written.indexes) {
          expect(index.key).to.be.an("object").and.not.empty;
          expect(index.name).to.be.a("string").and.not.empty;
        }
      }),
    );
  });
});
