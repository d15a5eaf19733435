import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Db } from "mongodb";
import { countErasedDocuments, deleteErasedUsers } from "../../../scripts/backup/erasures.ts";
import { countErasures, exportErasures, importErasures, readErasures } from "../../../scripts/backup/erasures-file.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

describeOnDatabases("A file of erasure records", (get) => {
  let database: Db;
  const folder = useTemporaryFolder();
  let file: string;
  const collection = (name: string) => database.collection<{ _id: string; userId?: string }>(name);

  /** The database at the time of the backup: only dan was deleted. */
  const rewind = async () => {
    for (const name of ["users", "activities", "erasures"]) await collection(name).deleteMany({});
    await collection("users").insertMany(
      ["ann", "bob", "eve"].map((_id) => ({ _id, emailCanonical: `${_id}@example.com` })),
    );
    await collection("activities").insertMany([
      { _id: "bob:1", userId: "bob" },
      { _id: "bob:2", userId: "bob" },
      { _id: "ann:1", userId: "ann" },
    ]);
    await database.collection("erasures").insertOne({ _id: "dan" as never, deletedAt: new Date(0) });
  };
  const ids = async (name: string) => (await collection(name).find({}).toArray()).map(({ _id }) => _id).sort();

  beforeEach(async () => {
    database = get();
    file = join(folder(), "erasures.json");
    await rewind();
    await database.collection("erasures").insertOne({ _id: "bob" as never, deletedAt: new Date(1), pending: true });
  });

  it("deletes the users that were deleted after the backup, and no others", async () => {
    expect(await exportErasures(database, file)).to.equal(2);
    await rewind();
    expect(await ids("users")).to.include("bob");
    const read = await readErasures(file);
    expect(read).to.have.length(2);
    // What a dry run counts.
    const users = read.map(({ _id }) => _id);
    expect(await countErasedDocuments(database, users)).to.equal(3);
    await importErasures(database, read);
    expect(await deleteErasedUsers(database)).to.equal(3);
    expect(await ids("users")).to.deep.equal(["ann", "eve"]);
    expect(await ids("activities")).to.deep.equal(["ann:1"]);
    const records = await database.collection("erasures").find({}).sort({ _id: 1 }).toArray();
    expect(records).to.deep.equal([
      { _id: "bob", deletedAt: new Date(1), pending: true },
      { _id: "dan", deletedAt: new Date(0) },
    ]);
    await importErasures(database, read);
    expect(await deleteErasedUsers(database)).to.equal(0);
  });

  it("is never overwritten", async () => {
    await exportErasures(database, file);
    const before = await readFile(file, "utf8");
    await rewind();
    for (const write of [exportErasures, countErasures]) {
      await expectCode("erasures-file-exists", () => write(database, file));
    }
    expect(await readFile(file, "utf8")).to.equal(before);
    expect((await stat(file)).mode & 0o077).to.equal(0);
  });

  it("changes nothing if it is incomplete", async () => {
    await exportErasures(database, file);
    const complete = await readFile(file, "utf8");
    await rewind();
    const lines = complete.split("\n");
    const texts = [lines.slice(1).join("\n"), lines.slice(0, -2).join("\n"), complete.slice(0, 20), "", "[]"];
    for (const text of texts) {
      await writeFile(file, text);
      await expectCode("erasures-file-invalid", () => readErasures(file));
    }
    expect(await ids("erasures")).to.deep.equal(["dan"]);
  });

  it("can be empty", async () => {
    await database.collection("erasures").deleteMany({});
    expect(await countErasures(database, file)).to.equal(0);
    expect(await exportErasures(database, file)).to.equal(0);
    await importErasures(database, await readErasures(file));
    expect(await deleteErasedUsers(database)).to.equal(0);
  });
});
