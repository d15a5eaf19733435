import { expect } from "chai";
import type { Db } from "mongodb";
import { dataMap } from "../../service/data-map.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { embeddedDatabase, mongoDatabase, type TestDatabase } from "./databases.ts";
import { insertingInTurn } from "./intercepted-database.ts";
import { describeWith } from "./real-services.ts";

/**
 * Runs the same suite on the embedded database and on MongoDB. `get` gives an empty database with all indexes. Fails if the suite leaves a
 * collection that the data map does not have.
 */
export function describeOnDatabases(title: string, body: (get: () => Db) => void): void {
  const suite = (open: () => Promise<TestDatabase>) => () => {
    let current: TestDatabase;
    let database: Db;
    before(async () => {
      current = await open();
      await createIndexes(current.database);
      database = insertingInTurn(current.database);
    });
    after(async () => {
      const names = (await current.database.listCollections().toArray()).map(({ name }) => name);
      await current.remove();
      expect(names.filter((name) => !Object.hasOwn(dataMap, name))).to.deep.equal(
        [],
        "without an entry in the data map",
      );
    });
    body(() => database);
  };
  describe(`${title}, on the embedded database`, suite(embeddedDatabase));
  describeWith("MONGODB_URI", `${title}, on MongoDB`, suite(mongoDatabase));
}

/** An embedded database while a suite runs. */
export function useEmbeddedDatabase(): () => Db {
  let current: TestDatabase;
  before(async () => {
    current = await embeddedDatabase();
  });
  after(() => current.remove());
  return () => current.database;
}
