import { expect } from "chai";
import type { Dump } from "../../../scripts/backup/dump-format.ts";
import { restoreDump } from "../../../scripts/backup/restore.ts";
import { getPrivileges, type Privilege, roles } from "../../support/database-user.ts";
import { expectCode } from "../../support/errors.ts";
import { createDump, toBson, useWireDatabase } from "./fixture.ts";

describe("The privileges of a restore", () => {
  const server = useWireDatabase();
  const dumps = new Map<string, Dump>();
  const documents = toBson({ _id: 1 });

  before(async () => {
    for (const [database, options] of [
      ["plain", {}],
      ["validated", { validator: { a: 1 } }],
    ] as const) {
      const [index] = toBson({ v: 2, key: { a: 1 }, name: "a_1" });
      server.put(`${database}.things`, { documents, options: toBson(options)[0]! }).indexes.push(index!);
      dumps.set(database, await createDump(server.open(database)));
      server.collections.get(`${database}.things`)!.indexes.pop();
    }
  });
  beforeEach(() => reset());

  function reset(): void {
    server.collections.clear();
    server.commands.length = 0;
    server.put("target.old", { documents });
  }
  const restoreInto = (dump: Dump) =>
    restoreDump({ dump, database: server.open("target"), clock: Date.now, replace: true });
  const restore = (name: "plain" | "validated") => restoreInto(dumps.get(name)!);

  const reading = ["listCollections", "listIndexes", "connectionStatus", "endSessions"];
  const expectUntouched = () => {
    const names = server.commands.map((command) => Object.keys(command)[0]);
    expect(names.filter((name) => !reading.includes(name!))).to.deep.equal([]);
    expect([...server.collections.keys()]).to.deep.equal(["target.old"]);
  };
  /** Fails before it changes anything. */
  async function expectMissing(work: Promise<unknown>, privilege: string): Promise<void> {
    const { message } = await expectCode("restore-privileges-missing", () => work);
    expect(message).to.contain(privilege);
    expectUntouched();
  }

  const everything: Privilege[] = [...getPrivileges("readWrite"), ...getPrivileges("dbAdmin")];

  it("are read with one command", async () => {
    await restore("plain");
    expect(server.commands.filter((command) => "connectionStatus" in command)).to.have.length(1);
  });

  it("are checked before anything is written, whichever is missing", async () => {
    const actions = [...new Set(everything.flatMap(({ actions }) => actions))];
    let refused = 0;
    for (const missing of actions.filter((action) => !reading.includes(action))) {
      reset();
      server.user.privileges = everything.map(({ resource, actions }) => ({
        resource,
        actions: actions.filter((action) => action !== missing),
      }));
      const restored = restore("validated");
      const isAllowed = await restored.then(
        () => true,
        () => false,
      );
      if (isAllowed) continue;
      refused += 1;
      await expectMissing(restored, missing);
    }
    expect(refused).to.equal(8);
  });

  for (const [title, resource, allowed] of [
    ["on any resource", { anyResource: true }, true],
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
      if (allowed) return void (await restore("validated"));
      server.user.privileges = [...getPrivileges("readWrite", "target"), { resource, actions: roles.dbAdmin }];
      await expectMissing(restore("validated"), "bypassDocumentValidation");
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
    await expectMissing(restore("validated"), "dropCollection on old");
    server.user.privileges = only(...names, "old");
    await restore("validated");
  });

  for (const [title, collection, options, privilege] of [
    [
      "are more than those of readWrite for encrypted fields, which the server validates",
      "secrets",
      { encryptedFields: { fields: [] } },
      "bypassDocumentValidation on secrets",
    ],
    ["are not those on a database, for functions stored on the server", "system.js", {}, "system.js"],
  ] as const) {
    it(title, async () => {
      server.put(`shop.${collection}`, { documents, options: toBson(options)[0]! });
      const dump = await createDump(server.open("shop"));
      server.user.privileges = [...everything];
      reset();
      await restoreInto(dump);
      reset();
      server.user.privileges = [{ resource: { db: "target", collection: "" }, actions: roles.readWrite }];
      await expectMissing(restoreInto(dump), privilege);
    });
  }

  const list = (users: string[], authenticatedUserPrivileges?: object[]) => ({
    authInfo: { authenticatedUsers: users.map((user) => ({ user, db: "admin" })), authenticatedUserPrivileges },
    ok: 1,
  });
  const superuser = { resource: { anyResource: true }, actions: ["anyAction"] };
  for (const [title, dump, reply] of [
    ["are not checked if the server has no authentication", "validated", list([], [])],
    ["are not checked if the server does not list them", "validated", list(["ann"])],
    ["are not checked if the server lists none", "validated", list(["ann"], [])],
    ["are not checked if the server has no such command", "plain", { ok: 0, code: 59, errmsg: "no such command" }],
    ["are not checked if the server refuses the command", "plain", { ok: 0, code: 8_000, errmsg: "not allowed" }],
    ["are those of a superuser, for whom the server lists one action", "validated", list(["ann"], [superuser])],
  ] as const) {
    it(title, async () => {
      server.user.privileges = everything;
      server.intercept = (name) => (name === "connectionStatus" ? reply : undefined);
      await restore(dump);
      expect(server.collections.get("target.things")!.documents).to.have.length(1);
    });
  }
});
