import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { CreateIndexesOptions, IndexDescription, IndexSpecification, ListCollectionsCursor } from "mongodb";
import { ConfigurationError } from "../../../service/config.ts";
import { createIndexes, indexes, listIndexes, missingIndexes } from "../../../service/platform/indexes.ts";
import { UserRepository } from "../../../service/users/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { intercepted } from "../../support/intercepted-database.ts";

const at = new Date("2026-01-02T03:04:05.678Z");
const user = (email = `${randomUUID()}@example.com`) => ({
  _id: randomUUID(),
  email,
  name: "Ann",
  passwordHash: "hash",
  createdAt: at,
  updatedAt: at,
});

describeOnDatabases("The user repository", (database) => {
  const users = () => new UserRepository(database());

  it("returns what was stored, times to the millisecond", async () => {
    const stored = await users().create(user("Ann@Example.com"));
    expect(await users().findById(stored._id)).to.deep.equal(stored);
    expect(stored).to.include({ email: "Ann@Example.com", emailCanonical: "ann@example.com" });
  });

  it("finds a user by any spelling of the address", async () => {
    const stored = await users().create(user("zo\u00eb@B\u00fccher.example"));
    const found = await users().findByEmail("ZOE\u0308@xn--bcher-kva.EXAMPLE");
    expect(found?._id).to.equal(stored._id);
  });

  it("finds no user for an unknown id, an unknown address and a string that is no address", async () => {
    expect(await users().findById(randomUUID())).to.equal(null);
    expect(await users().findByEmail("unknown@example.com")).to.equal(null);
    expect(await users().findByEmail("junk")).to.equal(null);
  });

  it("gives an address to exactly one of 20 concurrent registrations", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => users().create(user(i % 2 ? "race@example.com" : "RACE@example.com"))),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(1);
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason.status] : []));
    expect(new Set(reasons)).to.deep.equal(new Set([409]));
  });

  it("changes a profile and returns it", async () => {
    const stored = await users().create(user());
    const now = new Date("2026-02-03T04:05:06.789Z");
    const changed = await users().changeProfile(stored._id, { name: "Anna" }, now);
    expect(changed).to.deep.equal({ ...stored, name: "Anna", updatedAt: now, version: 2 });
    expect(await users().changeProfile(randomUUID(), { name: "Anna" }, now)).to.equal(null);
  });

  it("changes a profile only if it has the expected version", async () => {
    const { _id, version } = await users().create(user());
    const changes = await Promise.all(
      ["Anna", "Annie", "Nan"].map((name) => users().changeProfile(_id, { name }, at, version)),
    );
    expect(changes.filter((changed) => changed !== null)).to.have.length(1);
    expect((await users().findById(_id))?.version).to.equal(version + 1);
  });

  it("replaces the hash of a password only if it is still the checked one", async () => {
    const { _id } = await users().create(user());
    await users().replacePasswordHash(_id, "another", "lost");
    expect((await users().findById(_id))?.passwordHash).to.equal("hash");
    await users().replacePasswordHash(_id, "hash", "stronger");
    expect((await users().findById(_id))?.passwordHash).to.equal("stronger");
  });

  it("deletes a user once and frees the address", async () => {
    const { _id } = await users().create(user("gone@example.com"));
    expect(await users().delete(_id)).to.equal(true);
    expect(await users().delete(_id)).to.equal(false);
    await users().create(user("gone@example.com"));
  });
});

describeOnDatabases("Creating the indexes", (database) => {
  it("has created every index that is declared", async () => {
    for (const [collection, declared] of Object.entries(indexes)) {
      const names = (await listIndexes(database(), collection)).map(({ name }) => name);
      expect(names).to.include.members(declared.map(({ name }) => name));
    }
  });

  for (const when of ["before", "after"]) {
    it(`succeeds if another server creates them ${when} it lists the missing ones`, async () => {
      const another = async () => {
        await createIndexes(database());
      };
      await database().collection("erasures").drop();
      const overtaken = intercepted(database(), (method, call) => {
        if (method !== "listCollections") return call();
        const toArray = async () => {
          if (when === "before") await another();
          const found = await (call() as ListCollectionsCursor).toArray();
          if (when === "after") await another();
          return found;
        };
        return { toArray };
      });
      await createIndexes(overtaken);
      expect(await missingIndexes(database())).to.deep.equal([]);
    });
  }

  describe("that exist, but differ from the declaration", () => {
    const users = () => database().collection("users");
    const [{ key, name }] = indexes.users as [IndexDescription & { name: string }];
    const wrong: [string, IndexSpecification, CreateIndexesOptions][] = [
      ["key", { email: 1 }, { unique: true }],
      ["key", { emailCanonical: -1 }, { unique: true }],
      ["unique", key as IndexSpecification, {}],
      [
        "partialFilterExpression",
        key as IndexSpecification,
        { unique: true, partialFilterExpression: { email: { $gt: "" } } },
      ],
      ["expireAfterSeconds", key as IndexSpecification, { unique: true, expireAfterSeconds: 60 }],
      ["sparse", key as IndexSpecification, { unique: true, sparse: true }],
    ];
    afterEach(async () => {
      await users().dropIndex(name);
      await createIndexes(database());
    });

    for (const [part, wrongKey, options] of wrong) {
      it(`fails with the differences (${part} in ${JSON.stringify([wrongKey, options])})`, async () => {
        await users().dropIndex(name);
        await users().createIndex(wrongKey, { name, ...options });
        const error = await createIndexes(database()).catch((error) => error);
        const dryRun = await missingIndexes(database()).catch((error) => error);
        expect(dryRun.message).to.equal(error.message);
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.contain(`users.${name}`).and.contain(`${part} is`).and.contain("dropIndex");
      });
    }
  });
});
