import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import { BSON, type Db, MongoNetworkError } from "mongodb";
import type { Dump } from "../../../scripts/backup/dump-format.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import type { Reply } from "../../support/wire-database.ts";
import { createDocuments, createDump, toBson, useWireDatabase } from "./fixture.ts";

describe("Restoring", () => {
  const server = useWireDatabase();
  let dump: Dump;

  before(async () => {
    const indexes = toBson(
      { v: 2, key: { _id: 1 }, name: "_id_" },
      { v: 2, key: { at: 1 }, name: "at_1", expireAfterSeconds: 60 },
      { v: 2, key: { a: 1 }, name: "a_1", unique: true },
    );
    server.put("shop.things", { documents: createDocuments(3_000), indexes });
    dump = await createDump(server.open("shop"));
  });

  const restore = (replace = false) => restoreDump({ dump, database: server.open("target"), clock: Date.now, replace });

  /** Fails, and leaves the marker. */
  async function expectFailure(code: string): Promise<string> {
    const { message } = await expectCode(code, () => restore());
    expect([...server.collections.keys()]).to.include("target.restore_in_progress");
    return message;
  }

  it("marks the database first, creates TTL indexes last, and then removes the marker", async () => {
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

  it("fails if a document was not inserted", async () => {
    let inserts = 0;
    server.intercept = (name) => (name === "insert" && ++inserts === 1 ? { ok: 1, n: 0 } : undefined);
    await expectFailure("restored-documents-differ");
  });

  it("fails if a document changed", async () => {
    server.intercept = (name) => {
      const documents = server.collections.get("target.things")?.documents;
      if (name === "createIndexes") [documents![7]] = toBson({ _id: "another" }) as [Buffer];
      return undefined;
    };
    await expectFailure("restored-documents-differ");
  });

  for (const [what, code, errmsg] of [
    ["a document", 2, "too deep"],
    ["a duplicate, which only another client can have inserted", 11_000, "E11000 duplicate key error"],
  ] as const) {
    it(`fails if the server rejects ${what}`, async () => {
      const writeErrors = [{ index: 0, code, errmsg }];
      server.intercept = (name) => (name === "insert" ? { ok: 1, n: 0, writeErrors } : undefined);
      expect(await expectFailure("document-rejected"))
        .to.contain("things")
        .and.contain(errmsg);
    });
  }

  it("fails if an index differs", async () => {
    server.intercept = (name, { indexes }) =>
      name === "createIndexes" && indexes[0].name === "at_1" ? { ok: 1 } : undefined;
    expect(await expectFailure("restored-indexes-differ")).to.contain("things.at_1");
  });

  it("starts from an empty database after an interruption", async () => {
    server.put("target.things", { documents: toBson({ _id: "half" }) });
    server.put("target.restore_in_progress", {});
    await expectCode("restore-target-half-restored", () => restore());
    await restore(true);
    expect([...server.collections.keys()]).to.deep.equal(["target.things"]);
    expect(server.collections.get("target.things")!.documents).to.have.length(3_000);
  });
});

describe("Restoring, with several inserts in flight", () => {
  const server = useWireDatabase();
  /** Inserts that the server holds back, each with what ends it. */
  let held: ((reply?: Reply) => void)[];
  let events: EventEmitter;
  /** Six inserts, or eight. */
  const documents = createDocuments(1_500, () => ({ text: "x".repeat(1_000) }));

  beforeEach(() => {
    held = [];
    events = new EventEmitter();
  });
  afterEach(() => {
    server.isRouter = false;
  });

  const hold = (): Promise<Reply | undefined> =>
    new Promise((end) => {
      held.push(end);
      events.emit("held");
    });
  const waitForHeld = async (count: number) => {
    while (held.length < count) await once(events, "held");
  };
  const restore = (dump: Dump, signal?: AbortSignal) =>
    restoreDump({ dump, database: server.open("target"), clock: Date.now, ...(signal && { signal }) });
  /** Time for another command to come and go. */
  const roundTrips = async () => {
    for (let i = 0; i < 5; i++) await server.open("other").command({ ping: 1 });
  };

  /** Restores the database `shop`, and expects the second insert only after the response to the first. */
  async function restoreOneAtATime(): Promise<void> {
    const dump = await createDump(server.open("shop"));
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    const restored = restore(dump);
    await waitForHeld(1);
    await roundTrips();
    expect(held).to.have.length(1);
    server.intercept = () => undefined;
    held[0]!();
    await restored;
  }

  it("sends two, and the next one after a response", async () => {
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    const restored = restore(dump);
    for (let responses = 0; responses < 3; responses++) {
      await waitForHeld(2);
      await roundTrips();
      expect(held).to.have.length(2);
      held.shift()!();
    }
    server.intercept = () => undefined;
    for (const end of held) end();
    expect(await restored).to.have.property("documents", 1_500);
  });

  it("sends one into a capped collection, which keeps their order", async () => {
    server.put("shop.things", { documents, options: toBson({ capped: true, size: 1e7 })[0]! });
    await restoreOneAtATime();
    expect(server.collections.get("target.things")!.documents).to.deep.equal(documents);
  });

  it("sends large documents one after the other", async () => {
    const large = createDocuments(4, () => ({ noise: randomBytes(900_000) }));
    server.put("shop.things", { documents: large });
    await restoreOneAtATime();
  });

  it("sends nothing after a rejected document, and reports the first", async () => {
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    let hasEnded = false;
    const failure = expectCode("document-rejected", () => restore(dump)).finally(() => {
      hasEnded = true;
    });
    await waitForHeld(2);
    const reject = (errmsg: string) => ({ ok: 1, n: 0, writeErrors: [{ index: 0, code: 2, errmsg }] });
    held[1]!(reject("too deep"));
    await roundTrips();
    expect(hasEnded, "before the insert in flight").to.equal(false);
    held[0]!(reject("too large"));
    expect((await failure).message).to.contain("too deep");
    expect(held).to.have.length(2);
    expect([...server.collections.keys()]).to.include("target.restore_in_progress");
  });

  it("sends no insert again whose response is lost, and nothing after it", async () => {
    // The driver sends some commands again to such a server.
    server.isRouter = true;
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    const failure = restore(dump).catch((error: Error) => error);
    await waitForHeld(2);
    held[1]!("drop");
    await roundTrips();
    held[0]!();
    expect(await failure).to.be.an.instanceOf(MongoNetworkError);
    expect(held).to.have.length(2);
  });

  it("sends nothing after an interruption, and waits for what is in flight", async () => {
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    const controller = new AbortController();
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    let hasEnded = false;
    const interrupted = restore(dump, controller.signal).catch((error: Error) => error);
    interrupted.then(() => {
      hasEnded = true;
    });
    await waitForHeld(2);
    controller.abort(new Error("interrupted"));
    held[0]!();
    await roundTrips();
    expect(hasEnded, "before the insert in flight").to.equal(false);
    held[1]!();
    expect(await interrupted).to.have.property("message", "interrupted");
    expect(held).to.have.length(2);
  });

  it("ends the comparison after an interruption", async () => {
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    const controller = new AbortController();
    let reads = 0;
    server.intercept = (name, command) => {
      if (name === "find" && command.find === "things") controller.abort(new Error("interrupted"));
      if (name === "getMore") reads += 1;
      return undefined;
    };
    const error = await restore(dump, controller.signal).catch((reason: Error) => reason);
    expect(error).to.have.property("message", "interrupted");
    expect(reads).to.be.at.most(1);
  });

  it("never waits for a connection", async () => {
    server.put("shop.people", { documents });
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    const database = await connectMongo(server.uri, { database: "target" });
    let waiting = 0;
    database.client.on("connectionCheckOutStarted", () => {
      waiting += 1;
    });
    database.client.on("connectionCheckedOut", () => {
      waiting -= 1;
    });
    server.intercept = (name) => (name === "insert" ? hold() : undefined);
    const restored = restoreDump({ dump, database, clock: Date.now });
    await waitForHeld(4);
    await roundTrips();
    expect(waiting).to.equal(0);
    server.intercept = () => undefined;
    for (const end of held) end();
    await restored;
    await database.client.close();
  });

  it("compares a collection while documents of another are inserted", async () => {
    server.put("shop.people", { documents: createDocuments(10) });
    server.put("shop.things", { documents });
    const dump = await createDump(server.open("shop"));
    let compare!: () => void;
    const compared = new Promise<void>((resolve) => {
      compare = resolve;
    });
    server.intercept = async (name, command) => {
      if (name === "find" && command.find === "people") compare();
      if (name === "insert" && command.insert === "things") await compared;
      return undefined;
    };
    await restore(dump);
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

  it("returns documents of all types, and unique, partial and TTL indexes", async () => {
    const things = from.database.collection("things");
    const documents = [
      { number: 1, double: new BSON.Double(1), long: BSON.Long.fromString("9007199254740993") },
      { decimal: BSON.Decimal128.fromString("1.10"), date: new Date(0), bytes: new BSON.Binary(Buffer.from("x"), 128) },
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
    await things.createIndex({ number: 1 }, { partialFilterExpression: { number: { $gt: 5 } }, name: "some" });
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
    // This server stores some indexes differently when they are created from its own definitions.
    const indexes = async (database: Db) =>
      (await database.collection("things").indexes()).map(({ storageEngine: _, ...index }) => index);
    expect(await indexes(to.database)).to.have.deep.members(await indexes(from.database));
    const names = (await to.database.listCollections().toArray()).map(({ name }) => name);
    expect(names.sort()).to.deep.equal(["none", "things"]);
  });

  it("returns collections whose names cannot be names of files", async () => {
    const names = ["a+b", "a b", "a/b", "é".repeat(100)];
    for (const name of names) await from.database.collection<{ _id: string }>(name).insertOne({ _id: name });
    await restore(await createDump(from.database));
    for (const name of names) {
      expect(await to.database.collection(name).find().toArray(), name).to.deep.equal([{ _id: name }]);
    }
  });

  describe("with deleted users", () => {
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
      const remaining = ["ann", "bob", "eve"].filter((id) => !ids.includes(id));
      expect((await users(to.database).distinct("_id")).sort()).to.deep.equal(remaining);
      expect((await erasures(to.database).distinct("_id")).sort()).to.deep.equal(ids);
    };

    it("does not restore them: --replace keeps the erasure records of the target", async () => {
      await users(to.database).insertMany([{ _id: "ann" }]);
      await erasures(to.database).insertMany([
        { _id: "bob", deletedAt: new Date() },
        { _id: "dan", deletedAt: new Date(0) },
      ]);
      expect(await restore(dump, { replace: true })).to.have.property("deletedAgain", 2);
      await expectGone("bob", "dan");
      expect(await to.database.collection("activities").countDocuments()).to.equal(1);
    });

    it("does not restore them: it copies the erasure records of another database", async () => {
      await erasures(from.database).insertOne({ _id: "ann", deletedAt: new Date() });
      expect(await restore(dump, { erasuresFrom: from.database })).to.have.property("deletedAgain", 2);
      await expectGone("ann", "dan");
    });

    it("restores the others", async () => {
      expect(await restore(dump)).to.have.property("deletedAgain", 0);
      await expectGone("dan");
    });
  });
});
