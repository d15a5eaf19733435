import { expect } from "chai";
import { BSON, type Db } from "mongodb";
import type { Dump } from "../../../scripts/backup/dump.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { createDump } from "./create-dump.ts";

const index = (definition: object) => Buffer.from(BSON.serialize({ v: 2, ...definition }));

describe("Restoring", () => {
  const server = new WireDatabase();
  let dump: Dump;

  before(async () => {
    await server.start();
    const documents = Array.from({ length: 3_000 }, (_, _id) => Buffer.from(BSON.serialize({ _id })));
    const indexes = [
      index({ key: { _id: 1 }, name: "_id_" }),
      index({ key: { at: 1 }, name: "at_1", expireAfterSeconds: 60 }),
      index({ key: { a: 1 }, name: "a_1", unique: true }),
    ];
    server.put("shop.things", { documents, indexes });
    dump = await createDump(server.open("shop"));
  });
  beforeEach(() => {
    server.collections.clear();
    server.commands.length = 0;
    server.intercept = () => undefined;
  });
  after(() => server.stop());

  const restore = (replace = false) =>
    restoreDump({ dump, database: server.open("target"), clock: Date.now, replace });

  /** Fails, and leaves the mark. */
  async function refusal(): Promise<string> {
    const error = await restore().catch((error) => error);
    expect(error).to.have.property("name", "BackupError");
    expect([...server.collections.keys()]).to.include("target.restore_in_progress");
    return error.message;
  }

  it("marks the database first, makes indexes that delete documents last, and then takes the mark away", async () => {
    await restore();
    const steps = server.commands.flatMap(({ update, insert, createIndexes, indexes, find, drop }) => {
      if (createIndexes) return `index ${indexes[0].name}`;
      if (update) return "mark";
      if (drop) return "unmark";
      if (insert) return "insert";
      return find ? `read ${find}` : [];
    });
    expect([...new Set(steps)]).to.deep.equal([
      "mark",
      "insert",
      "index a_1",
      "read things",
      "read erasures",
      "index at_1",
      "unmark",
    ]);
  });

  it("fails when a document did not arrive", async () => {
    let inserts = 0;
    server.intercept = (name) => (name === "insert" && ++inserts === 1 ? { ok: 1, n: 0 } : undefined);
    expect(await refusal())
      .to.contain("things is not as it was")
      .and.contain("with --replace");
  });

  it("fails when a document changed", async () => {
    server.intercept = (name) => {
      const documents = server.collections.get("target.things")?.documents;
      if (name === "createIndexes") documents![7] = Buffer.from(BSON.serialize({ _id: "another" }));
      return undefined;
    };
    expect(await refusal()).to.contain("holds 3000 documents, and the dump 3000, but not the same ones");
  });

  it("fails when the server refuses a document", async () => {
    server.intercept = (name) =>
      name === "insert"
        ? { ok: 1, n: 0, writeErrors: [{ index: 0, code: 2, errmsg: "too deep" }] }
        : undefined;
    expect(await refusal()).to.contain("The database refused a document of things: too deep");
  });

  it("fails when an index is not as it was", async () => {
    server.intercept = (name, { indexes }) =>
      name === "createIndexes" && indexes[0].name === "at_1" ? { ok: 1 } : undefined;
    expect(await refusal()).to.contain("These indexes are not as they were: things.at_1");
  });

  it("starts clean after one that was interrupted", async () => {
    server.put("target.things", { documents: [Buffer.from(BSON.serialize({ _id: "half" }))] });
    server.put("target.restore_in_progress", {});
    const error = await restore().catch((error) => error);
    expect(error.message).to.contain("half restored").and.contain("--replace");
    await restore(true);
    expect([...server.collections.keys()]).to.deep.equal(["target.things"]);
    expect(server.collections.get("target.things")!.documents).to.have.length(3_000);
  });
});

describeWith("MONGODB_URI", "Backing up and restoring, on a database", () => {
  let from: TestDatabase;
  let to: TestDatabase;
  beforeEach(async () => {
    [from, to] = await Promise.all([mongoDatabase(), mongoDatabase()]);
  });
  afterEach(() => Promise.all([from.remove(), to.remove()]));

  const restore = (dump: Dump, options: { replace?: boolean; erasuresFrom?: Db } = {}) =>
    restoreDump({ dump, database: to.database, clock: Date.now, ...options });

  it("gives documents of all types, unique, partial and TTL indexes back", async () => {
    const things = from.database.collection("things");
    const documents = [
      { number: 1, double: new BSON.Double(1), long: BSON.Long.fromString("9007199254740993") },
      {
        decimal: BSON.Decimal128.fromString("1.10"),
        date: new Date(0),
        bytes: new BSON.Binary(Buffer.from("x"), 128),
      },
      { none: null, yes: true, text: "ünï\u{1f30d}", list: [1, [], {}], nested: { a: { b: { c: 1 } } } },
      {
        min: new BSON.MinKey(),
        max: new BSON.MaxKey(),
        time: new BSON.Timestamp({ t: 1, i: 2 }),
        code: new BSON.Code("x"),
      },
    ];
    await things.insertMany(documents.map((document, serial) => ({ serial, ...document })));
    await things.createIndex({ serial: 1, text: -1 }, { unique: true, name: "both" });
    await things.createIndex(
      { number: 1 },
      { partialFilterExpression: { number: { $gt: 5 } }, name: "some" },
    );
    await things.createIndex({ date: 1 }, { expireAfterSeconds: 2_000_000_000 });
    await things.createIndex({ place: "2dsphere" });
    await things.createIndex({ text: "text" }, { weights: { text: 3 } });
    await from.database.createCollection("none");

    await restore(await createDump(from.database));
    const all = (database: Db) =>
      database
        .collection("things")
        .find({}, { promoteValues: false, sort: { _id: 1 } })
        .toArray();
    expect(await all(to.database)).to.deep.equal(await all(from.database));
    // This server stores some indexes differently when they are made from what it told of them.
    const indexes = async (database: Db) =>
      (await database.collection("things").indexes()).map(({ storageEngine: _, ...index }) => index);
    expect(await indexes(to.database)).to.have.deep.members(await indexes(from.database));
    const names = (await to.database.listCollections().toArray()).map(({ name }) => name);
    expect(names.sort()).to.deep.equal(["none", "things"]);
  });

  describe("with users who had themselves deleted", () => {
    const users = (database: Db) => database.collection<{ _id: string }>("users");
    const erasures = (database: Db) => database.collection<{ _id: string; deletedAt: Date }>("erasures");
    let dump: Dump;

    beforeEach(async () => {
      await users(from.database).insertMany([{ _id: "ann" }, { _id: "bob" }, { _id: "eve" }]);
      await from.database.collection("activities").insertMany([{ userId: "bob" }, { userId: "ann" }]);
      await erasures(from.database).insertOne({ _id: "dan", deletedAt: new Date(0) });
      dump = await createDump(from.database);
    });

    const expectGone = async (...ids: string[]) => {
      const [left, marked] = await Promise.all([
        users(to.database)
          .find({}, { sort: { _id: 1 } })
          .toArray(),
        erasures(to.database)
          .find({}, { sort: { _id: 1 } })
          .toArray(),
      ]);
      const gone = ["ann", "bob", "dan", "eve"].filter((id) => !left.some(({ _id }) => _id === id));
      expect(gone).to.deep.equal(ids);
      expect(marked.map(({ _id }) => _id)).to.deep.equal(ids);
    };

    it("does not bring them back: the record in the database that is replaced is kept", async () => {
      await users(to.database).insertMany([{ _id: "ann" }]);
      await erasures(to.database).insertMany([
        { _id: "bob", deletedAt: new Date() },
        { _id: "dan", deletedAt: new Date(0) },
      ]);
      expect(await restore(dump, { replace: true })).to.have.property("erased", 2);
      await expectGone("bob", "dan");
      expect(await to.database.collection("activities").countDocuments()).to.equal(1);
    });

    it("does not bring them back: another database's record is taken over", async () => {
      await erasures(from.database).insertOne({ _id: "ann", deletedAt: new Date() });
      expect(await restore(dump, { erasuresFrom: from.database })).to.have.property("erased", 2);
      await expectGone("ann", "dan");
    });

    it("brings the others back", async () => {
      expect(await restore(dump)).to.have.property("erased", 0);
      await expectGone("dan");
    });
  });
});
