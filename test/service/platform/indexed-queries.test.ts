import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { dataMap, migrationsCollection } from "../../../service/data-map.ts";
import { indexes } from "../../../service/platform/indexes.ts";
import { callEveryQuery } from "../../support/call-every-query.ts";
import { callEverySupportAction } from "../../support/call-every-support-action.ts";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { type RecordedQuery, recordQueries } from "../../support/recorded-queries.ts";
import { startService, useService } from "../../support/service.ts";
import { isServed, type Query } from "../../support/serving-index.ts";

/** Those that read one document, whichever it is, need none. */
const needsIndex = ({ method, filter }: RecordedQuery) => !(method === "findOne" && Object.keys(filter).length === 0);

const findUnserved = (queries: readonly RecordedQuery[], declared: typeof indexes) =>
  queries
    .filter(needsIndex)
    .filter((query) => !isServed(query, declared[query.collection] ?? []))
    .map(({ collection, method, site, filter, sort }) => ({ collection, method, site, filter, sort }));

describe("Every query of the service", () => {
  const queries: RecordedQuery[] = [];
  const embedded = useEmbeddedDatabase();
  const service = useService(() => {
    const database = recordQueries(embedded(), (query) => queries.push(query));
    return startService({ database: async () => database });
  });
  before(async () => {
    await callEveryQuery(service);
    await callEverySupportAction(service.backends, await service.register());
  });

  it("is covered by this test, wherever it is", async () => {
    const covered = new Set(queries.map(({ site }) => site));
    const written = await queriesInCode();
    expect(written.length).to.be.above(10);
    expect(written.filter((site) => !covered.has(site))).to.deep.equal([]);
    // Two queries of one function by one method have the same site: one of them might not be covered.
    expect(written).to.have.length(new Set(written).size);
  });

  it("is of a collection of the data map", () => {
    const others = Object.keys(dataMap).filter((name) => name !== migrationsCollection);
    expect(queries.map(({ collection }) => collection)).to.include.members(others);
    expect(queries.filter(({ collection }) => !Object.hasOwn(dataMap, collection))).to.deep.equal([]);
  });

  it("is served by a declared index", () => {
    expect(findUnserved(queries, indexes)).to.deep.equal([]);
  });

  for (const [collection, name] of [
    ["users", "email_canonical"],
    ["users", "registration_key"],
    ["activities", "user_time"],
    ["activities", "user_kind_time"],
    ["erasures", "pending"],
    ["audit", "user_time"],
  ] as const) {
    it(`is not served without ${collection}.${name}`, () => {
      const others = indexes[collection]!.filter((index) => index.name !== name);
      expect(findUnserved(queries, { ...indexes, [collection]: others })).not.to.deep.equal([]);
    });
  }
});

describe("An index", () => {
  const index = { key: { a: 1, b: -1, c: 1 } };
  const served: Query[] = [
    { filter: { a: 1 } },
    { filter: { a: { $in: [1, 2] }, b: { $eq: 2 }, c: 3 } },
    { filter: { a: 1, b: { $gt: 2 } } },
    { filter: { a: 1 }, sort: { b: -1, c: 1 } },
    { filter: { a: 1 }, sort: { b: 1, c: -1 } },
    { filter: { a: 1, b: { $gt: 2 } }, sort: { b: -1 } },
    { filter: { a: 1, c: { $gt: 2 } }, sort: { b: -1 } },
    { filter: {}, sort: { a: 1 } },
    { filter: { _id: 1, other: 2 } },
  ];
  const others: Query[] = [
    { filter: {} },
    { filter: { b: 1 } },
    { filter: { a: 1, c: 1 } },
    { filter: { a: 1, other: 1 } },
    { filter: { a: 1, other: { $gt: 1 } } },
    { filter: { a: { $gt: 1 }, b: 2 } },
    { filter: { a: 1 }, sort: { c: 1 } },
    { filter: { a: 1 }, sort: { b: -1, c: -1 } },
    { filter: { a: { $gt: 1 } }, sort: { b: -1 } },
    { filter: { a: 1, $or: [{ b: { $lt: 1 } }, { other: 1 }] } },
    { filter: {}, sort: { b: -1 } },
    { filter: { a: { $ne: 1 } } },
    { filter: { a: { $regex: "x" } } },
    { filter: { a: 1, b: { $exists: false } } },
    { filter: { a: 1, $or: [{ b: { $ne: 1 } }] } },
  ];
  for (const query of [...served, ...others]) {
    const isExpected = served.includes(query);
    it(`on a, b down and c ${isExpected ? "serves" : "does not serve"} ${JSON.stringify(query)}`, () => {
      expect(isServed(query, [index])).to.equal(isExpected);
    });
  }
  it("that is sparse or partial does not serve queries for documents that it may not contain", () => {
    for (const partial of [
      { key: { a: 1 }, partialFilterExpression: { b: { $exists: true } } },
      { key: { a: 1, b: 1 }, sparse: true },
    ]) {
      expect(isServed({ filter: { a: 1 } }, [partial])).to.equal(false);
      expect(isServed({ filter: { a: 1, b: 1 } }, [{ ...partial, key: { a: 1, b: 1 } }])).to.equal(true);
    }
  });
});

/** `  async findById(id: string): Promise<User | null> {`, or `  database: async () =>`. */
const beginOfFunction = /^ {2}(?:async )?\*?(#?\w+)[(<]|^ +(\w+): async \(/gm;

/** Where the service's code calls a collection: file, function and method. */
async function queriesInCode(): Promise<string[]> {
  const sites: string[] = [];
  for (const file of await readdir("service", { recursive: true })) {
    const path = `service/${file}`;
    // What asks about indexes needs none. Migrations read whole collections.
    if (!path.endsWith(".ts") || /^service\/(local|migrations|platform\/(dropped-)?indexes)/.test(path)) continue;
    const code = await readFile(path, "utf8");
    const fields = [...code.matchAll(/this\.#(\w+) = \w+\.collection\b/g)].map(([, field]) => `this\\.#${field}`);
    // A collection that is kept in another way is not recognized here: it would be a site that no test covers.
    const kept = code.match(/\.collection(?:<\w+>)?\([^)]*\)(?!\s*\.)/g) ?? [];
    if (kept.length > fields.length) sites.push(`${path} keeps a collection elsewhere than in a field`);
    const call = new RegExp(`(?:${["\\.collection\\([^)]*\\)", ...fields].join("|")})\\s*\\.(\\w+)\\(`, "g");
    for (const { index, 1: method } of code.matchAll(call)) {
      const [asker] = [...code.slice(0, index).matchAll(beginOfFunction)].reverse();
      sites.push(`${path} ${asker![1] ?? asker![2]} ${method}`);
    }
  }
  return sites;
}
