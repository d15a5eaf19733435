import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { indexes } from "../../../service/platform/indexes.ts";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { type RecordedQuery, recordQueries } from "../../support/recorded-queries.ts";
import { newPerson, startService, type TestService, useService } from "../../support/service.ts";
import { isServed, type Query } from "../../support/serving-index.ts";

const day = 24 * 60 * 60;

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
  before(() => callEverything(service));

  it("is covered by this test, wherever it is", async () => {
    const covered = new Set(queries.map(({ site }) => site));
    const written = await queriesInCode();
    expect(written.length).to.be.above(10);
    expect(written.filter((site) => !covered.has(site))).to.deep.equal([]);
    // Two queries of one function by one method have the same site: one of them might not be covered.
    expect(written).to.have.length(new Set(written).size);
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

/** Uses every route that reads or writes the database, in each way that makes another query. */
async function callEverything({ send, advance }: TestService): Promise<void> {
  const [person, key] = [newPerson(), randomUUID()];
  const headers = { "idempotency-key": key };
  const register = (body: unknown) => send("POST", "/v1/auth/register", { body, headers });
  const { access_token: token } = (await register(person)).body;
  await register(person);
  const expectOk = async (method: string, path: string, options = {}) => {
    const response = await send(method, path, { token, ...options });
    expect(response.status, `${method} ${path} ${JSON.stringify(response.body)}`).to.be.within(200, 299);
    return response;
  };

  await expectOk("GET", "/health/ready");
  const { headers: profile } = await expectOk("GET", "/v1/users/me");
  const ifMatch = { "if-match": profile.get("etag")! };
  await expectOk("PATCH", "/v1/users/me", { body: { name: "Anna" }, headers: ifMatch });
  const passwords = { current_password: person.password, new_password: "another passphrase" };
  await expectOk("PUT", "/v1/auth/password", { body: passwords });
  await expectOk("POST", "/v1/auth/login", { body: { email: person.email, password: "another passphrase" } });

  const activities = Array.from({ length: 3 }, (_, i) => ({
    id: randomUUID(),
    kind: "bike_trip",
    quantity: 1,
    occurred_at: new Date(Date.now() - i * 1000).toISOString(),
  }));
  for (let i = 0; i < 2; i++) await expectOk("POST", "/v1/activities", { body: { activities } });
  const times = `from=${activities[2]!.occurred_at}&to=${new Date().toISOString()}`;
  for (const query of ["", "kind=bike_trip&", `${times}&`, `kind=bike_trip&${times}&`]) {
    const { body } = await expectOk("GET", `/v1/activities?${query}limit=1`);
    await expectOk("GET", `/v1/activities?${query}limit=1&cursor=${body.next_cursor}`);
  }
  await expectOk("GET", `/v1/activities/summary?month=${new Date().toISOString().slice(0, 7)}`);
  const path = `/v1/activities/${activities[0]!.id}`;
  const { headers: activity } = await expectOk("GET", path);
  const changed = { body: { quantity: 2 }, headers: { "if-match": activity.get("etag")! } };
  await expectOk("PATCH", path, changed);
  await expectOk("DELETE", path);
  await expectOk("GET", "/v1/users/me/export");
  await expectOk("DELETE", "/v1/users/me");

  // A key whose time has passed is freed.
  await register(person);
  advance(day + 1);
  const { access_token: another } = (await register(newPerson())).body;
  // Sweeps up after the account that was deleted before.
  expect((await send("DELETE", "/v1/users/me", { token: another })).status).to.equal(204);
}

/** `  async findById(id: string): Promise<User | null> {`, or `  database: async () =>`. */
const beginOfFunction = /^ {2}(?:async )?\*?(#?\w+)[(<]|^ +(\w+): async \(/gm;

/** Where the service's code calls a collection: file, function and method. */
async function queriesInCode(): Promise<string[]> {
  const sites: string[] = [];
  for (const file of await readdir("service", { recursive: true })) {
    const path = `service/${file}`;
    // What asks about indexes needs none.
    if (!path.endsWith(".ts") || /^service\/(local|platform\/indexes)/.test(path)) continue;
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
