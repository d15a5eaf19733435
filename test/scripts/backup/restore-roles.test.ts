import { expect } from "chai";
import { type BSON, type Db, MongoClient } from "mongodb";
import type { Dump } from "../../../scripts/backup/dump-format.ts";
import { runRestoreTest } from "../../../scripts/backup/lambda/functions.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { type AuthorizingProxy, authorizingProxy } from "../../support/authorizing-proxy.ts";
import { DatabaseUser, getPrivileges, type roles } from "../../support/database-user.ts";
import { mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { createDump, MemoryLocation } from "./fixture.ts";

describeWith("MONGODB_URI", "The privileges of a restore, on a database", () => {
  const user = new DatabaseUser();
  let [from, to]: TestDatabase[] = [];
  let proxy: AuthorizingProxy;
  let client: MongoClient;
  let asUser: Db;

  before(async () => {
    proxy = await authorizingProxy(user);
    client = new MongoClient(proxy.uri(""));
  });
  beforeEach(async () => {
    [from, to] = await Promise.all([mongoDatabase(), mongoDatabase()]);
    await from.database.collection("users").insertMany([{ name: "ann" }, { name: "bob" }]);
    await from.database.collection("users").createIndex({ name: 1 }, { unique: true });
    asUser = client.db(to.database.databaseName);
    user.privileges = getPrivileges("readWrite", asUser.databaseName);
  });
  afterEach(() => Promise.all([from!.remove(), to!.remove()]));
  after(async () => {
    await client.close();
    proxy.close();
  });

  const restore = (dump: Dump, database = asUser, options: { replace?: boolean; erasuresFrom?: Db } = {}) =>
    restoreDump({ dump, database, clock: Date.now, ...options });

  const grantToo = (role: keyof typeof roles) => {
    user.privileges = [...user.privileges, ...getPrivileges(role, role === "restore" ? "" : asUser.databaseName)];
  };

  /** A collection with a document older than its validator. */
  async function addValidated(database: Db, name: string, documents: BSON.Document[]): Promise<void> {
    const collection = await database.createCollection(name, { validator: { points: { $type: "number" } } });
    for (const document of documents) {
      await collection.insertOne(document, { bypassDocumentValidation: true });
    }
  }

  const things = [{ points: 1 }, { points: "many" }];

  it("are those of readWrite, for a dump without validators", async () => {
    await to!.database.collection("old").insertOne({});
    const { documents } = await restore(await createDump(from!.database), asUser, { replace: true });
    expect(documents).to.equal(2);
    expect(await to!.database.collection("users").countDocuments()).to.equal(2);
  });

  describe("for a dump with a validator", () => {
    let location: MemoryLocation;
    let dump: Dump;
    beforeEach(async () => {
      await addValidated(from!.database, "things", things);
      location = new MemoryLocation();
      dump = await createDump(from!.database, location);
      await to!.database.collection("users").insertOne({ name: "eve" });
    });

    /** Fails, and the target is unchanged. */
    async function expectUnchanged(work: Promise<unknown>): Promise<string> {
      const { message } = await expectCode("restore-privileges-missing", () => work);
      const names = (await to!.database.listCollections().toArray()).map(({ name }) => name);
      expect(names).to.deep.equal(["users"]);
      expect(await to!.database.collection("users").countDocuments({ name: "eve" })).to.equal(1);
      return message;
    }

    it("are more than those of readWrite: it fails before anything is dropped", async () => {
      expect(await expectUnchanged(restore(dump, asUser, { replace: true })))
        .to.contain("bypassDocumentValidation")
        .and.contain("things")
        .and.contain(`the role dbAdmin on ${asUser.databaseName}`);
    });

    it("are checked by a restore test before it drops what the last one left", async () => {
      const { signal } = new AbortController();
      const verified = runRestoreTest({ location: location, database: asUser, clock: Date.now, signal });
      expect(await expectUnchanged(verified)).to.contain("bypassDocumentValidation");
    });

    for (const role of ["dbAdmin", "restore"] as const) {
      it(`are those of readWrite and ${role}: documents that violate the validator are restored`, async () => {
        grantToo(role);
        await restore(dump, asUser, { replace: true });
        const restored = await to!.database.collection("things").find().sort({ _id: 1 }).toArray();
        expect(restored.map(({ points }) => points)).to.deep.equal([1, "many"]);
      });
    }
  });

  describe("for the erasure records", () => {
    const erasures = (database: Db) => database.collection<{ _id: string }>("erasures");

    it("are those for the collection that is kept, not for the one in the dump", async () => {
      await addValidated(from!.database, "erasures", [{ _id: "dan" as never, points: 1 }]);
      await erasures(to!.database).insertOne({ _id: "eve" });
      await restore(await createDump(from!.database), asUser, { replace: true });
      expect(await erasures(to!.database).countDocuments()).to.equal(2);
    });

    it("are more than those of readWrite if the one that is kept has a validator", async () => {
      await erasures(from!.database).insertOne({ _id: "dan" });
      await addValidated(to!.database, "erasures", []);
      const dump = await createDump(from!.database);
      const work = restore(dump, asUser, { replace: true });
      const { message } = await expectCode("restore-privileges-missing", () => work);
      expect(message).to.contain("validator of erasures");
      grantToo("dbAdmin");
      await restore(dump, asUser, { replace: true });
      expect(await erasures(to!.database).countDocuments({ _id: "dan" })).to.equal(1);
    });

    it("are sufficient for records of another database that violate the validator", async () => {
      await addValidated(from!.database, "erasures", []);
      const dump = await createDump(from!.database);
      await erasures(from!.database).insertOne({ _id: "ann" }, { bypassDocumentValidation: true });
      grantToo("dbAdmin");
      await restore(dump, asUser, { erasuresFrom: from!.database });
      expect(await erasures(to!.database).countDocuments({ _id: "ann" })).to.equal(1);
    });
  });
});
