import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Collection, Db } from "mongodb";
import type { MigrationOutcome } from "../../../service/contract.ts";
import { migrate } from "../../../service/migrations/migrate.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import type { Person } from "./example/person.ts";
import { change, contract, expand, type Release, today } from "./example/releases.ts";

const folder = join(import.meta.dirname, "example");
const page = readFileSync(join(import.meta.dirname, "../../../docs/migrations.md"), "utf8");
const batchSize = 3;

/** Users of two releases that run side by side, and the names that they gave last. */
class Users {
  readonly #people: Collection<Person>;
  readonly #names = new Map<string, string>();

  constructor(database: Db) {
    this.#people = database.collection<Person>("users");
  }

  async create(release: Release, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const _id = `person-${this.#names.size}`;
      await this.#people.insertOne({ _id, emailCanonical: _id, ...release.change(`of ${_id}`) } as unknown as Person);
      this.#names.set(_id, `of ${_id}`);
    }
  }

  /** Gives every n-th person another name. */
  async change(release: Release, nth: number): Promise<void> {
    for (const [index, [_id, name]] of [...this.#names].entries()) {
      if (index % nth > 0) continue;
      await this.#people.updateOne({ _id }, { $set: release.change(`${name}+`) });
      this.#names.set(_id, `${name}+`);
    }
  }

  /** Who does not see the name that was given last. */
  async findWrong(release: Release): Promise<string[]> {
    const people = await this.#people.find({}).toArray();
    return people.filter((person) => release.read(person) !== this.#names.get(person._id)).map(({ _id }) => _id);
  }
}

describeOnDatabases("The example of docs/migrations.md", (get) => {
  /** Releases `next` next to `current`, rolls it back, releases it again, and migrates. */
  async function release(users: Users, current: Release, next: Release, migrates = true): Promise<string[]> {
    const wrong: string[] = [];
    const look = async (...releases: Release[]) => {
      for (const each of releases) wrong.push(...(await users.findWrong(each)));
    };
    const canary = async () => {
      await users.create(next, 2);
      await users.create(current, 2);
      await users.change(next, 2);
      await users.change(current, 3);
      await look(current, next);
    };
    await canary();
    if (migrates) await migrateBy(next);
    await canary();
    // Rolled back, the function that migrates keeps the code of the later release.
    await users.change(current, 4);
    await users.create(current, 2);
    await look(current);
    if (migrates) await migrateBy(next);
    await look(current, next);
    await canary();
    await users.change(next, 5);
    if (migrates) await migrateBy(next);
    await look(next);
    return wrong;
  }

  const migrateBy = (release: Release) =>
    migrate(get(), { documents: true }, { migrations: release.migrations, batchSize }) as Promise<MigrationOutcome>;

  beforeEach(async () => {
    for (const name of ["users", "migrations"]) await get().collection<{ _id: string }>(name).deleteMany({});
  });

  it("shows each release the name that was given last, in every canary and after every rollback", async () => {
    const users = new Users(get());
    await users.create(today, 10);
    const releases = [today, expand, change, contract];
    for (const [index, next] of releases.entries()) {
      if (index > 0) expect(await release(users, releases[index - 1]!, next), `release ${index}`).to.deep.equal([]);
    }
    expect(
      await get()
        .collection("users")
        .countDocuments({ name: { $exists: true } }),
    ).to.equal(0);
    const { migrations } = await migrateBy(contract);
    expect(migrations.map(({ name, state }) => `${name}: ${state}`)).to.deep.equal([
      "0002-remove-names: complete",
      "0001-copy-names: of another release",
    ]);
  });

  for (const [mistake, path, migrates] of [
    ["releases of two steps in one", [today, change], true],
    ["a change without a migration before it", [today, expand, change], false],
    ["a removal while the old field is still read", [expand, contract], true],
  ] as const) {
    it(`would show ${mistake}`, async () => {
      const users = new Users(get());
      await users.create(path[0], 10);
      const wrong: string[] = [];
      for (const [index, next] of path.entries()) {
        if (index > 0) wrong.push(...(await release(users, path[index - 1]!, next, migrates)));
      }
      expect(wrong).to.not.deep.equal([]);
    });
  }
});

describe("docs/migrations.md", () => {
  it("shows the files of its example, which are compiled and run: after a change, copy them there", () => {
    const shown = [...page.matchAll(/^`([\w-]+\.ts)`[^\n]*:\n\n```ts\n(.*?)^```$/gms)].map(([, ...block]) => block);
    const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
    expect(Object.fromEntries(shown)).to.deep.equal(Object.fromEntries(files));
    expect(page.match(/^```\w+$/gm)).to.have.length(files.length);
  });
});
