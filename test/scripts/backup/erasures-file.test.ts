import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Db } from "mongodb";
import { deleteErasedUsers } from "../../../scripts/backup/erasures.ts";
import { exportErasures, importErasures } from "../../../scripts/backup/erasures-file.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";

describeOnDatabases("The record of deleted users", (get) => {
  let database: Db;
  let folder: string;
  let file: string;
  const collection = (name: string) => database.collection<{ _id: string; userId?: string }>(name);

  /** The database as a backup has it: of the users only dan had himself deleted by then. */
  const goBack = async () => {
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
  const ids = async (name: string) =>
    (await collection(name).find({}).toArray()).map(({ _id }) => _id).sort();

  beforeEach(async () => {
    database = get();
    folder = await mkdtemp(join(tmpdir(), "ecobeat-erasures-"));
    file = join(folder, "erasures.json");
    await goBack();
    await database
      .collection("erasures")
      .insertOne({ _id: "bob" as never, deletedAt: new Date(1), pending: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("deletes again who was deleted after the backup, and nobody else", async () => {
    expect(await exportErasures(database, file)).to.equal(2);
    await goBack();
    expect(await ids("users")).to.include("bob");
    expect(await importErasures(database, file)).to.equal(2);
    expect(await deleteErasedUsers(database)).to.equal(3);
    expect(await ids("users")).to.deep.equal(["ann", "eve"]);
    expect(await ids("activities")).to.deep.equal(["ann:1"]);
    const marks = await database.collection("erasures").find({}).sort({ _id: 1 }).toArray();
    expect(marks).to.deep.equal([
      { _id: "bob", deletedAt: new Date(1), pending: true },
      { _id: "dan", deletedAt: new Date(0) },
    ]);
    await importErasures(database, file);
    expect(await deleteErasedUsers(database)).to.equal(0);
  });

  it("is never overwritten by one that knows less", async () => {
    await exportErasures(database, file);
    const before = await readFile(file, "utf8");
    await goBack();
    const error = await exportErasures(database, file).catch((error) => error);
    expect(error.message).to.contain("is there already, and is left as it is");
    expect(await readFile(file, "utf8")).to.equal(before);
    expect((await stat(file)).mode & 0o077).to.equal(0);
  });

  it("changes nothing when it is not whole", async () => {
    await exportErasures(database, file);
    const whole = await readFile(file, "utf8");
    await goBack();
    const lines = whole.split("\n");
    for (const [text, name] of [
      [lines.slice(1).join("\n"), "without its first line"],
      [lines.slice(0, -2).join("\n"), "without its last line"],
      [whole.slice(0, 20), "cut"],
      ["", "empty"],
      ["[]", "another file"],
    ] as const) {
      await writeFile(file, text);
      const error = await importErasures(database, file).catch((error) => error);
      expect(error.message, name).to.contain("no whole record");
    }
    expect(await ids("erasures")).to.deep.equal(["dan"]);
  });

  it("may name nobody", async () => {
    await database.collection("erasures").deleteMany({});
    expect(await exportErasures(database, file)).to.equal(0);
    expect(await importErasures(database, file)).to.equal(0);
    expect(await deleteErasedUsers(database)).to.equal(0);
  });
});
