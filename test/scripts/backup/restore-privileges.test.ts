import { expect } from "chai";
import { BSON } from "mongodb";
import type { Dump } from "../../../scripts/backup/dump.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { DatabaseUser, getPrivileges, type Privilege, roles } from "../../support/database-user.ts";
import { WireDatabase } from "../../support/wire-database.ts";
import { createDump, refusalOf } from "./create-dump.ts";

describe("The privileges of a restore", () => {
  const server = new WireDatabase();
  const [plain, validated] = ["shop", "strict"];
  const dumps = new Map<string, Dump>();
  const documents = [Buffer.from(BSON.serialize({ _id: 1 }))];
  const index = Buffer.from(BSON.serialize({ v: 2, key: { a: 1 }, name: "a_1" }));

  before(async () => {
    await server.start();
    for (const database of [plain, validated]) {
      const options = BSON.serialize(database === validated ? { validator: { a: 1 } } : {});
      const { indexes } = server.put(`${database}.things`, { documents, options: Buffer.from(options) });
      indexes.push(index);
      dumps.set(database!, await createDump(server.open(database!)));
    }
  });
  beforeEach(() => {
    server.collections.clear();
    server.commands.length = 0;
    server.intercept = () => undefined;
    server.user = new DatabaseUser();
    server.put("target.old", { documents });
  });
  after(() => server.stop());

  const restore = (dump: string) =>
    restoreDump({ dump: dumps.get(dump)!, database: server.open("target"), clock: Date.now, replace: true });

  const reading = ["listCollections", "listIndexes", "connectionStatus", "endSessions"];
  const expectUntouched = () => {
    const names = server.commands.map((command) => Object.keys(command)[0]);
    expect(names.filter((name) => !reading.includes(name!))).to.deep.equal([]);
    expect([...server.collections.keys()]).to.deep.equal(["target.old"]);
  };

  const everything: Privilege[] = [...getPrivileges("readWrite"), ...getPrivileges("dbAdmin")];

  it("are asked for with one command", async () => {
    await restore(plain!);
    expect(server.commands.filter((command) => "connectionStatus" in command)).to.have.length(1);
  });

  it("are all asked for before anything is written, whichever is missing", async () => {
    const actions = [...new Set(everything.flatMap(({ actions }) => actions))];
    let refused = 0;
    for (const missing of actions.filter((action) => !reading.includes(action))) {
      server.collections.clear();
      server.put("target.old", { documents });
      server.commands.length = 0;
      server.user.privileges = everything.map(({ resource, actions }) => ({
        resource,
        actions: actions.filter((action) => action !== missing),
      }));
      try {
        await restore(validated!);
      } catch (error) {
        refused += 1;
        expect(error, missing).to.have.property("name", "BackupError");
        expect((error as Error).message)
          .to.contain(missing)
          .and.contain("Nothing was dropped or written");
        expectUntouched();
      }
    }
    expect(refused).to.equal(8);
  });

  for (const [title, resource, allowed] of [
    ["on all that there is", { anyResource: true }, true],
    ["on each database", { db: "", collection: "" }, true],
    ["on the database", { db: "target", collection: "" }, true],
    ["on another database", { db: "shop", collection: "" }, false],
    ["on another collection", { db: "target", collection: "others" }, false],
    ["on the cluster", { cluster: true }, false],
  ] as const) {
    it(`${allowed ? "may" : "may not"} be ${title}`, async () => {
      server.user.privileges = [
        { resource: { db: "target", collection: "" }, actions: ["listCollections"] },
        ...everything.map(({ actions }) => ({ resource, actions })),
      ];
      if (allowed) return void (await restore(validated!));
      server.user.privileges = [
        ...getPrivileges("readWrite", "target"),
        { resource, actions: roles.dbAdmin },
      ];
      expect(await refusalOf(restore(validated!))).to.contain("bypassDocumentValidation");
      expectUntouched();
    });
  }

  it("may be on single collections: those of the dump, and those that are dropped", async () => {
    const only = (...names: string[]): Privilege[] => [
      { resource: { db: "target", collection: "" }, actions: ["listCollections"] },
      ...names.map((collection) => ({
        resource: { db: "target", collection },
        actions: [...roles.readWrite, ...(collection === "things" ? roles.dbAdmin : [])],
      })),
    ];
    const names = ["restore_in_progress", "things", "erasures", "users", "activities"];
    // What is there is listed before, with its indexes.
    const listing = { resource: { db: "target", collection: "old" }, actions: ["listIndexes"] };
    server.user.privileges = [...only(...names), listing];
    expect(await refusalOf(restore(validated!))).to.contain("dropCollection on old");
    expectUntouched();
    server.user.privileges = only(...names, "old");
    await restore(validated!);
  });

  it("are more than those of readWrite for encrypted fields, which the server validates", async () => {
    const options = Buffer.from(BSON.serialize({ encryptedFields: { fields: [] } }));
    server.put("shop.secrets", { documents, options });
    const dump = await createDump(server.open("shop"));
    server.collections.delete("shop.secrets");
    server.commands.length = 0;
    const restored = restoreDump({ dump, database: server.open("target"), clock: Date.now, replace: true });
    expect(await refusalOf(restored)).to.contain("bypassDocumentValidation on secrets");
    expectUntouched();
  });

  it("are not those on a database, for functions stored on the server", async () => {
    server.put("shop.system.js", { documents });
    const dump = await createDump(server.open("shop"));
    const restore = () =>
      restoreDump({ dump, database: server.open("target"), clock: Date.now, replace: true });
    await restore();
    server.collections.clear();
    server.put("target.old", { documents });
    server.commands.length = 0;
    server.user.privileges = [{ resource: { db: "target", collection: "" }, actions: roles.readWrite }];
    expect(await refusalOf(restore())).to.contain("system.js");
    expectUntouched();
  });

  for (const [title, answer] of [
    ["has no authentication", { authenticatedUsers: [], authenticatedUserPrivileges: [] }],
    ["does not tell them", { authenticatedUsers: [{ user: "ann", db: "admin" }] }],
    [
      "tells of none",
      { authenticatedUsers: [{ user: "ann", db: "admin" }], authenticatedUserPrivileges: [] },
    ],
  ] as const) {
    it(`are not asked for further when the server ${title}`, async () => {
      server.user.privileges = everything;
      server.intercept = (name) => (name === "connectionStatus" ? { authInfo: answer, ok: 1 } : undefined);
      await restore(validated!);
      expect(server.collections.get("target.things")!.documents).to.have.length(1);
    });
  }

  for (const [title, refusal] of [
    [
      "does not know",
      { code: 59, codeName: "CommandNotFound", errmsg: "no such command: 'connectionStatus'" },
    ],
    ["does not allow", { code: 8_000, codeName: "AtlasError", errmsg: "connectionStatus is not allowed" }],
  ] as const) {
    it(`are not asked for further when the server ${title} the command`, async () => {
      server.intercept = (name) => (name === "connectionStatus" ? { ok: 0, ...refusal } : undefined);
      await restore(plain!);
      expect(server.collections.get("target.things")!.documents).to.have.length(1);
    });
  }

  it("are those of a superuser, whom the server lists with one action", async () => {
    server.user.privileges = everything;
    const authenticatedUserPrivileges = [{ resource: { anyResource: true }, actions: ["anyAction"] }];
    const authInfo = { authenticatedUsers: [{ user: "ann" }], authenticatedUserPrivileges };
    server.intercept = (name) => (name === "connectionStatus" ? { authInfo, ok: 1 } : undefined);
    await restore(validated!);
    expect(server.collections.get("target.things")!.documents).to.have.length(1);
  });
});
