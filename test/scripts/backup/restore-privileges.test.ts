import { expect } from "chai";
import type { Db } from "mongodb";
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
  const restoreInto = (dump: Dump, erasuresFrom?: Db) =>
    restoreDump({
      dump,
      database: server.open("target"),
      clock: Date.now,
      replace: true,
      ...(erasuresFrom && { erasuresFrom }),
    });
  const restore = (name: "plain" | "validated") => restoreInto(dumps.get(name)!);

  const readingCommands = ["listCollections", "listIndexes", "connectionStatus", "endSessions"];
  const expectUntouched = () => {
    const names = server.commands.map((command) => Object.keys(command)[0]);
    expect(names.filter((name) => !readingCommands.includes(name!))).to.deep.equal([]);
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
    for (const missing of actions.filter((action) => !readingCommands.includes(action))) {
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

  describe("on single collections", () => {
    const listing = { resource: { db: "target", collection: "" }, actions: ["listCollections"] };
    const writing = roles.readWrite.filter((action) => action !== "listCollections");
    const granted = {
      restore_in_progress: writing,
      things: [...writing, ...roles.dbAdmin],
      old: ["listIndexes", "dropCollection"],
      erasures: ["find"],
      users: ["remove"],
      activities: ["remove"],
    };
    const grant = (actions: Record<string, readonly string[]>) => {
      server.user.privileges = [
        listing,
        ...Object.entries(actions).map(([collection, actions]) => ({
          resource: { db: "target", collection },
          actions,
        })),
      ];
    };

    it("are those of the dump, those that are dropped, and those with deleted users", async () => {
      grant(granted);
      await restore("validated");
    });

    for (const [collection, action] of [
      ["old", "dropCollection"],
      ["erasures", "find"],
      ["users", "remove"],
      ["activities", "remove"],
    ] as const) {
      it(`include ${action} on ${collection}, which the dump does not contain`, async () => {
        grant({ ...granted, [collection]: granted[collection].filter((each) => each !== action) });
        await expectMissing(restore("validated"), `${action} on ${collection}`);
      });
    }

    it("include those for the erasure records of another database, and for reading them there", async () => {
      const other = server.open("other");
      server.put("other.erasures", { documents: toBson({ _id: "eve" }) });
      const dump = dumps.get("validated")!;
      const reading = { resource: { db: "other", collection: "erasures" }, actions: ["find"] };
      const writingErasures = {
        resource: { db: "target", collection: "erasures" },
        actions: ["insert", "listIndexes"],
      };
      const expectRefused = async (privilege: string, role: string) => {
        server.commands.length = 0;
        const { message } = await expectCode("restore-privileges-missing", () => restoreInto(dump, other));
        expect(message).to.contain(privilege).and.contain(role);
        const names = server.commands.map((command) => Object.keys(command)[0]!);
        expect(names.filter((name) => !readingCommands.includes(name))).to.deep.equal([]);
      };
      grant(granted);
      server.user.privileges = [...server.user.privileges, reading];
      await expectRefused("insert on erasures", "the role readWrite on target");
      server.user.privileges = [...server.user.privileges.filter((each) => each !== reading), writingErasures];
      await expectRefused("find on erasures", "the role read on other");
      server.user.privileges = [...server.user.privileges, reading];
      await restoreInto(dump, other);
      expect(server.collections.get("target.erasures")!.documents).to.have.length(1);
    });
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
