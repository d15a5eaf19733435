import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import type { Db } from "mongodb";
import type { Dump } from "../../../scripts/backup/dump-format.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import type { MigrationOutcome, MigrationPlan } from "../../../service/contract.ts";
import { migrationsCollection } from "../../../service/data-map.ts";
import { type LedgerEntry, leaseMilliseconds } from "../../../service/migrations/ledger.ts";
import { type MigrateOptions, migrate } from "../../../service/migrations/migrate.ts";
import type { Migration } from "../../../service/migrations/migration.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { createDump } from "../../scripts/backup/fixture.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { mongoDatabase } from "../../support/databases.ts";
import { interceptedDatabase } from "../../support/intercepted-database.ts";
import { describeWith } from "../../support/real-services.ts";
import { copyNames } from "./example/0001-copy-names.ts";
import type { Person } from "./example/person.ts";

const batchSize = 10;

const toId = (index: number) => `person-${String(index).padStart(4, "0")}`;

async function insertPeople(database: Db, count: number, from = 0): Promise<void> {
  const people = Array.from({ length: count }, (_, index) => {
    const _id = toId(from + index);
    return { _id, name: `Person ${index}`, emailCanonical: _id };
  });
  await database.collection<(typeof people)[number]>("users").insertMany(people);
}

const countCopies = (database: Db) =>
  database.collection("users").countDocuments({ $expr: { $eq: ["$name", "$displayName"] } });

const readLedger = (database: Db, _id = copyNames.name) =>
  database.collection<LedgerEntry>(migrationsCollection).findOne({ _id });

async function getRejection(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: Error) => error.message,
  );
}

describeOnDatabases("Migrating documents", (get) => {
  const run = (options: MigrateOptions = {}, database = get(), since?: string) =>
    migrate(
      database,
      { documents: true, ...(since !== undefined && { since }) },
      { migrations: [copyNames], batchSize, ...options },
    ) as Promise<MigrationOutcome>;

  beforeEach(async () => {
    for (const name of ["users", migrationsCollection]) await get().collection<{ _id: string }>(name).deleteMany({});
  });

  it("changes all documents in batches, says so in the ledger, and changes nothing a second time", async () => {
    await insertPeople(get(), 25);
    const { done, migrations } = await run();
    expect(done).to.equal(true);
    // In two passes: the second one finds nothing.
    const complete = { name: copyNames.name, state: "complete", changed: 25, conflicts: 0 } as const;
    expect(migrations).to.deep.equal([{ ...complete, read: 50 }]);
    expect(await countCopies(get())).to.equal(25);
    expect(await readLedger(get())).to.not.have.any.keys("position", "leaseOwner", "leaseExpiresAt");
    expect((await run()).migrations).to.deep.equal([{ ...complete, read: 75 }]);
  });

  it("continues with the next call, and ends after as many as it takes", async () => {
    await insertPeople(get(), 95);
    let now = 1_000_000;
    // Each look at the clock takes a second.
    const clock = () => (now += 1_000);
    let calls = 1;
    const first = await run({ clock, budgetMilliseconds: 10_000 });
    let { done } = first;
    expect(done).to.equal(false);
    const { position } = (await readLedger(get()))!;
    expect(position).to.match(/^person-00[1-8]9$/);
    while (!done) {
      ({ done } = await run({ clock, budgetMilliseconds: 10_000 }, get(), first.startedAt));
      expect(++calls).to.be.lessThan(20);
    }
    expect(calls).to.be.greaterThan(2);
    expect(await countCopies(get())).to.equal(95);
    // Two passes, and no document more: each call began where the one before it had ended.
    expect((await readLedger(get()))!.read).to.equal(190);
  });

  it("loses no change that another request makes between reading and writing", async () => {
    await insertPeople(get(), 25);
    let isOvertaken = false;
    const overtaken = interceptedDatabase(get(), async (operation) => {
      if (operation !== "users.bulkWrite" || isOvertaken) return;
      isOvertaken = true;
      // An earlier release, which knows only the old field, and a deletion.
      await get()
        .collection<Person>("users")
        .updateOne({ _id: toId(3) }, { $set: { name: "Overtaken" } });
      await get()
        .collection<Person>("users")
        .deleteOne({ _id: toId(4) });
    });
    const { migrations } = await run({}, overtaken);
    expect(migrations[0]).to.include({ state: "complete", changed: 24, conflicts: 2 });
    expect(
      await get()
        .collection<Person>("users")
        .findOne({ _id: toId(3) }),
    ).to.deep.equal({ _id: toId(3), name: "Overtaken", emailCanonical: toId(3), displayName: "Overtaken" });
    expect(await countCopies(get())).to.equal(24);
  });

  it("migrates what an earlier release has stored since, also behind its position", async () => {
    await insertPeople(get(), 25, 100);
    let isStored = false;
    const onProgress = async () => {
      if (!isStored) await insertPeople(get(), 5);
      isStored = true;
    };
    expect((await run({ onProgress })).migrations[0]).to.include({ changed: 30 });
    await insertPeople(get(), 5, 50);
    expect((await run()).migrations[0]).to.include({ state: "complete", changed: 35 });
    expect(await countCopies(get())).to.equal(35);
  });

  it("begins a check again that an earlier command did not complete", async () => {
    await insertPeople(get(), 45, 100);
    await run();
    let now = Date.now();
    expect((await run({ clock: () => (now += 1_000), budgetMilliseconds: 4_500 })).done).to.equal(false);
    expect((await readLedger(get()))!.position).to.be.a("string");
    // An earlier release again, after a rollback.
    await insertPeople(get(), 5);
    expect((await run()).migrations[0]).to.include({ state: "complete", changed: 50 });
  });

  it("does not run twice at once, and takes over from a call that no longer renews its lease", async () => {
    await insertPeople(get(), 25);
    let other = "";
    let now = Date.parse("2026-11-30T12:00:00Z");
    const clock = () => now;
    const onProgress = async () => {
      if (other) return;
      other = await getRejection(run({ clock }));
      // As if this call had hung for a minute: another one ends the migration.
      now += leaseMilliseconds;
      expect((await run({ clock })).done).to.equal(true);
    };
    const late = await getRejection(run({ onProgress, clock }));
    expect(other).to.contain("0001-copy-names is already in progress").and.contain("until 2026-11-30T12:01:00.000Z");
    expect(late).to.contain("already in progress");
    expect(await countCopies(get())).to.equal(25);
    expect((await readLedger(get()))!.leaseOwner).to.equal(undefined);
  });

  it("stops at the first batch whose update leaves documents in the filter", async () => {
    await insertPeople(get(), 25);
    const wrong: Migration<Person, "name"> = {
      ...copyNames,
      update: ({ name }) => ({ $set: { displayName: `${name}!` } }),
    };
    const message = await getRejection(run({ migrations: [wrong] }));
    expect(message).to.contain("its filter still matches documents that it has changed, such as person-0000");
    expect(
      await get()
        .collection("users")
        .countDocuments({ displayName: { $exists: true } }),
    ).to.equal(batchSize);
    // The corrected release continues.
    expect((await run()).done).to.equal(true);
    expect(await countCopies(get())).to.equal(25);
  });

  it("tries again if an earlier release undoes an update at once", async () => {
    await insertPeople(get(), 5);
    let undone = 0;
    const undo = async (operation: string) => {
      if (operation !== "users.bulkWrite" || undone > 0) return;
      const { modifiedCount } = await get()
        .collection("users")
        .updateMany({}, { $unset: { displayName: "" } });
      undone = modifiedCount;
    };
    const overtaken = interceptedDatabase(get(), async () => {}, undo);
    const { migrations } = await run({}, overtaken);
    expect([undone, migrations[0]!.state, migrations[0]!.changed]).to.deep.equal([5, "complete", 5]);
    expect(await countCopies(get())).to.equal(5);
  });

  it("names the document for which its update throws, and continues there once that is corrected", async () => {
    await insertPeople(get(), 25);
    const wrong: Migration<Person, "name"> = {
      ...copyNames,
      update({ _id, name }) {
        if (_id === toId(15)) throw new TypeError("no name for eve@example.com");
        return { $set: { displayName: name } };
      },
    };
    const message = await getRejection(run({ migrations: [wrong] }));
    expect(message).to.contain("person-0015").and.contain("TypeError").and.not.contain("eve@example.com");
    expect((await readLedger(get()))!.position).to.equal(toId(9));
    await run();
    expect(await countCopies(get())).to.equal(25);
  });

  it("names the document for which its update changes nothing", async () => {
    await insertPeople(get(), 2);
    const message = await getRejection(run({ migrations: [{ ...copyNames, update: () => ({}) }] }));
    expect(message).to.contain("0001-copy-names stopped: its update has no change for the document person-0000");
  });

  it("says which document the database rejects, without its values", async () => {
    const emails = [1, 2].map((index) => ({ _id: toId(index), name: "x", email: `eve${index}@example.com` }));
    const users = get().collection<{ _id: string }>("users");
    await users.insertMany(emails.map((each, index) => ({ ...each, emailCanonical: `eve${index}` })));
    interface User {
      _id: string;
      email: string;
      emailCanonical: string;
      migrated: boolean;
    }
    const equal: Migration<User, never> = {
      name: "0002-equal",
      collection: "users",
      filter: { migrated: { $exists: false } },
      reads: [],
      update: () => ({ $set: { emailCanonical: "secret-address", migrated: true } }),
    };
    const message = await getRejection(run({ migrations: [equal] }));
    expect(message).to.contain("rejects its update of person-0002, error code ").and.not.contain("secret-address");
  });

  it("only counts in a dry run, and knows the migrations of other releases", async () => {
    await insertPeople(get(), 25);
    const plan = async () =>
      ((await migrate(get(), { dryRun: true }, { migrations: [copyNames] })) as MigrationPlan).migrations;
    const counts = { read: 0, changed: 0, conflicts: 0 };
    expect(await plan()).to.deep.equal([{ name: copyNames.name, state: "pending", ...counts, left: 25 }]);
    expect(await readLedger(get())).to.equal(null);
    await run({ migrations: [{ ...copyNames, name: "0009-newer" }] });
    await insertPeople(get(), 1, 30);
    expect((await plan()).map(({ name, state, left }) => ({ name, state, left }))).to.deep.equal([
      { name: copyNames.name, state: "pending", left: 1 },
      { name: "0009-newer", state: "of another release", left: undefined },
    ]);
  });

  it("creates indexes alone by default", async () => {
    await insertPeople(get(), 5);
    const result = await migrate(get(), {}, { migrations: [copyNames] });
    expect(result).to.deep.include({ created: [], dropped: [], done: true });
    expect(result.migrations).to.have.length(1);
    expect(result.migrations[0]).to.include({ state: "pending" });
    expect(await countCopies(get())).to.equal(0);
  });

  it("drops the indexes of earlier releases if it is told to, and only lists those of others", async () => {
    const users = get().collection("users");
    await users.createIndex({ name: 1 }, { name: "by_name" });
    await users.createIndex({ createdAt: 1 }, { name: "of_an_operator" });
    await get().collection<{ _id: string }>("notes").insertOne({ _id: "1" });
    const options = { migrations: [], dropped: { users: ["by_name"], nothing: ["at_all"] } };
    const names = async () => (await users.indexes()).map(({ name }) => name);
    const plan = async () => (await migrate(get(), { dryRun: true }, options)) as MigrationPlan;
    const before = await plan();
    expect(before.toDrop).to.deep.equal(["users.by_name"]);
    expect(before.undeclared.indexes).to.deep.equal(["users.of_an_operator"]);
    expect(before.undeclared.collections).to.include("notes").and.not.include.members(["users", "activities"]);
    await run(options);
    expect(await names()).to.include("by_name");
    const { dropped } = (await migrate(get(), { dropIndexes: true }, options)) as MigrationOutcome;
    expect(dropped).to.deep.equal(["users.by_name"]);
    expect(await names())
      .to.include("of_an_operator")
      .and.not.include("by_name");
    expect((await plan()).toDrop).to.deep.equal([]);
    await get().collection("notes").drop();
  });

  it("says in a dry run why it would fail, and lists everything else", async () => {
    const users = get().collection("users");
    await users.dropIndex("email_canonical");
    await users.createIndex({ emailCanonical: -1 }, { name: "email_canonical" });
    const { different, migrations } = (await migrate(
      get(),
      { dryRun: true },
      { migrations: [copyNames] },
    )) as MigrationPlan;
    await users.dropIndex("email_canonical");
    await createIndexes(get());
    expect(different).to.have.length(1);
    expect(different[0]).to.contain("users.email_canonical is not as the service declares it");
    expect(migrations).to.have.length(1);
  });

  it("drops no index before the documents are migrated, which may need it", async () => {
    await insertPeople(get(), 25);
    await get().collection("users").createIndex({ name: 1 }, { name: "by_name" });
    let now = 0;
    const options = {
      migrations: [copyNames],
      batchSize,
      dropped: { users: ["by_name"] },
      clock: () => (now += 1_000),
    };
    const call = (budgetMilliseconds: number) =>
      migrate(
        get(),
        { documents: true, dropIndexes: true },
        { ...options, budgetMilliseconds },
      ) as Promise<MigrationOutcome>;
    const first = await call(4_000);
    expect([first.done, first.dropped]).to.deep.equal([false, []]);
    const last = await call(1_000_000);
    expect([last.done, last.dropped]).to.deep.equal([true, ["users.by_name"]]);
  });

  it("keeps its lease for as long as it works", async () => {
    await insertPeople(get(), 95);
    let now = Date.parse("2026-11-30T12:00:00Z");
    const others: string[] = [];
    const clock = () => now;
    const onProgress = async () => {
      now += leaseMilliseconds / 2;
      others.push(await getRejection(run({ clock })));
    };
    expect((await run({ clock, onProgress })).done).to.equal(true);
    expect(others.length).to.be.above(10);
    // The last one comes when all is done, and the lease is about to end.
    for (const other of others) expect(other).to.contain("is already in progress");
  });

  it("is no longer complete once a document of an earlier release is found", async () => {
    await insertPeople(get(), 25);
    await run();
    await insertPeople(get(), 5, 30);
    let now = Date.now();
    const { done, migrations } = await run({ clock: () => (now += 1_000), budgetMilliseconds: 7_500 });
    expect([done, migrations[0]!.state]).to.deep.equal([false, "in progress"]);
    await run();
  });

  it("does not check what an earlier call of the same command has completed", async () => {
    await insertPeople(get(), 95);
    let now = 1_000_000;
    const clock = () => (now += 1_000);
    const both = { migrations: [copyNames, { ...copyNames, name: "0002-copy-again" }], clock };
    const first = await run({ ...both, budgetMilliseconds: 55_000 });
    expect([first.done, first.migrations[0]!.state]).to.deep.equal([false, "complete"]);
    const { read } = first.migrations[0]!;
    const last = await run({ ...both, budgetMilliseconds: 1_000_000 }, get(), first.startedAt);
    expect([last.done, last.migrations[0]!.read]).to.deep.equal([true, read]);
  });

  it("does not take a field that is missing for null", async () => {
    const users = get().collection<{ _id: string; name?: string | null }>("users");
    await users.insertMany([{ _id: "1", name: null }]);
    let isOvertaken = false;
    const overtaken = interceptedDatabase(get(), async (operation) => {
      if (operation !== "users.bulkWrite" || isOvertaken) return;
      isOvertaken = true;
      await users.updateOne({ _id: "1" }, { $unset: { name: "" } });
    });
    interface Named {
      _id: string;
      name: string | null;
      named: string;
    }
    const named: Migration<Named, "name"> = {
      name: "0003-named",
      collection: "users",
      filter: { named: { $exists: false } },
      reads: ["name"],
      update: (document) => ({ $set: { named: "name" in document ? "null" : "missing" } }),
    };
    await run({ migrations: [named] }, overtaken);
    expect(await users.findOne({ _id: "1" })).to.deep.equal({ _id: "1", named: "missing" });
  });

  it("lists a collection with the name of a member of every object as undeclared", async () => {
    await get().collection("constructor").insertOne({});
    const { undeclared } = (await migrate(get(), { dryRun: true }, { migrations: [] })) as MigrationPlan;
    await get().collection("constructor").drop();
    expect(undeclared.collections).to.include("constructor");
  });

  it("drops an index that another call drops at the same time", async () => {
    await get().collection("users").createIndex({ name: 1 }, { name: "by_name" });
    const overtaken = interceptedDatabase(get(), async (operation) => {
      if (operation === "users.dropIndex") await get().collection("users").dropIndex("by_name");
    });
    const request = migrate(overtaken, { dropIndexes: true }, { migrations: [], dropped: { users: ["by_name"] } });
    expect(((await request) as MigrationOutcome).dropped).to.deep.equal(["users.by_name"]);
  });

  it("fails if an index cannot be dropped", async () => {
    await get().collection("users").createIndex({ name: 1 }, { name: "by_name" });
    const forbidden = interceptedDatabase(get(), async (operation) => {
      if (operation === "users.dropIndex") throw new Error("not authorized");
    });
    const request = migrate(forbidden, { dropIndexes: true }, { migrations: [], dropped: { users: ["by_name"] } });
    expect(await getRejection(request)).to.equal("not authorized");
    await get().collection("users").dropIndex("by_name");
  });
});

describeWith("MONGODB_URI", "A migration", () => {
  it("whose process is killed is continued a minute later", async () => {
    await using target = await mongoDatabase();
    const { database } = target;
    await createIndexes(database);
    await insertPeople(database, 200);
    const child = fork(join(import.meta.dirname, "migration-process.ts"), {
      env: { ...process.env, MONGODB_URI: target.uri },
      execArgv: ["--import", "tsx"],
    });
    expect(await once(child, "message")).to.include("in the middle");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await countCopies(database)).to.equal(50);
    const run = (clock: () => number) =>
      migrate(
        database,
        { documents: true },
        { migrations: [copyNames], batchSize, clock },
      ) as Promise<MigrationOutcome>;
    expect(await getRejection(run(Date.now))).to.contain("already in progress");
    const { migrations } = await run(() => Date.now() + leaseMilliseconds);
    expect(migrations[0]).to.include({ state: "complete", read: 400, changed: 200 });
    expect(await countCopies(database)).to.equal(200);
  });

  it("continues in a restored dump where it was when that was created", async () => {
    await using source = await mongoDatabase();
    await using target = await mongoDatabase();
    await createIndexes(source.database);
    await insertPeople(source.database, 40);
    let dump: Dump | undefined;
    const onProgress = async () => {
      dump ??= await createDump(source.database);
    };
    const run = (database: Db, options: MigrateOptions = {}) =>
      migrate(database, { documents: true }, { migrations: [copyNames], batchSize, ...options });
    await run(source.database, { onProgress });
    await restoreDump({ dump: dump!, database: target.database, replace: true, clock: Date.now });
    expect(await countCopies(target.database)).to.equal(batchSize);
    expect((await readLedger(target.database))!.position).to.equal(toId(batchSize - 1));
    // The lease of the call that was running then is also in the dump.
    await run(target.database, { clock: () => Date.now() + leaseMilliseconds });
    expect(await countCopies(target.database)).to.equal(40);
  });

  it("keeps every change of requests that come while it runs", async () => {
    await using target = await mongoDatabase();
    const { database } = target;
    await createIndexes(database);
    await insertPeople(database, 300);
    const people = database.collection<Person>("users");
    const last = new Map<string, string>();
    let isRunning = true;
    const request = async (worker: number) => {
      for (let index = 0; isRunning; index++) {
        const _id = toId((index * 7 + worker * 100) % 300);
        const name = `${worker} ${index}`;
        // In turn, each worker changes documents of its own third.
        if (Math.floor(Number(_id.slice(-4)) / 100) !== worker) continue;
        await people.updateOne({ _id }, { $set: { name } });
        last.set(_id, name);
      }
    };
    const requests = [0, 1, 2].map(request);
    const run = () =>
      migrate(database, { documents: true }, { migrations: [copyNames], batchSize: 50, budgetMilliseconds: 2_000 });
    await run();
    isRunning = false;
    await Promise.all(requests);
    await migrate(database, { documents: true }, { migrations: [copyNames] });
    expect(last.size).to.be.greaterThan(0);
    for (const { _id, name, displayName } of await people.find({}).toArray()) {
      if (last.has(_id)) expect(name, _id).to.equal(last.get(_id));
      expect(displayName, _id).to.equal(name);
    }
  });
});
