import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { storeBatch } from "../../../service/activities/batch.ts";
import { ActivityRepository, toActivityKey } from "../../../service/activities/repository.ts";
import { describeOnDatabases } from "../../support/database-suites.ts";
import { expectProblem, type TestUser } from "../../support/service.ts";
import { item, useActivityService } from "./support.ts";

describeOnDatabases("The list of activities", (database) => {
  const { service, ann } = useActivityService(database);
  /** Newest first, as the list should have them; every third shares its time with the two after it. */
  const sent = Array.from({ length: 30 }, (_, i) =>
    item({
      kind: i % 2 ? "bus_trip" : "bike_trip",
      occurred_at: new Date(Date.UTC(2026, 10, 20) - Math.floor(i / 3) * 3_600_000).toISOString(),
    }),
  );
  /** Those of the same time have the order of their keys, which differs for each user. */
  const sortFor = (userId: string) => {
    const key = ({ id }: { id: string }) => toActivityKey(userId, id);
    return sent.sort((a, b) => (a.occurred_at === b.occurred_at ? (key(a) < key(b) ? 1 : -1) : 0)).map(({ id }) => id);
  };
  let ids: string[];

  beforeEach(() => {
    ids = sortFor(ann.id);
  });
  before(() => ann.post(...sent));

  type Query = Record<string, string | readonly string[]> | [string, string][];
  const list = (query: Query = {}, user: Pick<TestUser, "send"> = ann) =>
    user.send("GET", `/v1/activities?${new URLSearchParams(query)}`);
  const idsIn = ({ body }: Awaited<ReturnType<typeof list>>): string[] =>
    body.activities.map(({ id }: { id: string }) => id);

  /** All pages one after the other; `between` is done after each. */
  async function all(query: Record<string, string>, user: typeof ann = ann, between = async () => {}) {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(cursor ? { ...query, cursor } : query, user);
      expect(page.status).to.equal(200);
      found.push(...idsIn(page));
      cursor = page.body.next_cursor;
      await between();
    } while (cursor && found.length < 500);
    return found;
  }

  it("has the newest first, and 50 on a page by default", async () => {
    const page = await list();
    expect(idsIn(page)).to.deep.equal(ids);
    expect(page.body.next_cursor).to.equal(null);
  });

  for (const limit of ["1", "2", "7", "30"]) {
    it(`is complete when read in pages of ${limit}`, async () => {
      expect(await all({ limit })).to.deep.equal(ids);
    });
  }

  it("has no next page when the last one is full", async () => {
    expect((await list({ limit: "30" })).body.next_cursor).to.equal(null);
    expect((await list({ limit: "29" })).body.next_cursor).to.be.a("string");
  });

  it("can be filtered by kind and time: from inclusive, to exclusive", async () => {
    const buses = sent.filter(({ kind }) => kind === "bus_trip").map(({ id }) => id);
    expect(await all({ kind: "bus_trip", limit: "4" })).to.deep.equal(buses);
    const [from, to] = ["2026-11-19T20:00:00Z", "2026-11-19T22:00:00Z"];
    const between = sent
      .filter(({ occurred_at }) => occurred_at >= "2026-11-19T20" && occurred_at < "2026-11-19T22")
      .map(({ id }) => id);
    expect(between).to.have.length(6);
    expect(await all({ from, to, limit: "5" })).to.deep.equal(between);
    expect(await all({ from, to: from })).to.deep.equal([]);
    expect(await all({ kind: "none" })).to.deep.equal([]);
  });

  it("is complete over years without activities, for any page size and time", async () => {
    const bob = await service.newUser();
    const times = ["2026-11-23T11:00", "2026-11-22T11:00", "2026-11-15T12:00", "2026-08-14T12:00"];
    const years = Array.from({ length: 9 }, (_, i) => `${2025 - 3 * i}-03-01T00:00`);
    const old = [...times, ...years].map((at) => item({ occurred_at: `${at}:00Z` }));
    const repository = new ActivityRepository(database());
    // Recorded when it happened: later than a year afterwards it is refused.
    for (const each of old) await storeBatch(repository, bob.id, [each], Date.parse(each.occurred_at));
    const ids = old.map(({ id }) => id);
    for (const limit of ["1", "2", "5", "50"])
      expect(await all({ limit }, bob), `in pages of ${limit}`).to.deep.equal(ids);
    const some = await list({ from: "2004-03-01T00:00:00Z", to: "2022-03-01T00:00:00Z" }, bob);
    expect(idsIn(some)).to.deep.equal(ids.slice(6, 12));
  });

  it("is stable while new ones arrive: none is repeated, none is missing", async () => {
    const bob = await service.newUser();
    await bob.post(...sent);
    const times = ["2026-11-22T11:00:00Z", ...[10, 0, -1].map((index) => sent.at(index)!.occurred_at)];
    const found = await all({ limit: "4" }, bob, async () => {
      await bob.post(...times.map((occurred_at) => item({ occurred_at })));
    });
    expect(new Set(found).size).to.equal(found.length);
    expect(found.filter((id) => ids.includes(id))).to.deep.equal(sortFor(bob.id));
  });

  for (const [what, query, parameter] of [
    ["a limit of 0", { limit: "0" }, "limit"],
    ["a limit of 101", { limit: "101" }, "limit"],
    ["a limit in words", { limit: "ten" }, "limit"],
    ["a limit with a sign", { limit: "+5" }, "limit"],
    ["an unknown parameter", { user_id: randomUUID() }, "user_id"],
    ["an operator", { "kind[$ne]": "x" }, "kind[$ne]"],
    ["a parameter twice", Object.entries({ kind: "bus_trip" }).flatMap((pair) => [pair, pair]), "kind"],
    ["a time that is none", { from: "yesterday" }, "from"],
    ["a cursor that is none", { cursor: "junk" }, "cursor"],
    ["an empty cursor", { cursor: "" }, "cursor"],
  ] as const) {
    it(`refuses ${what}, and names the parameter`, async () => {
      const response = await list(query as Query);
      expectProblem(response, 400, "invalid-query");
      expect(response.body.errors).to.have.length(1);
      expect(response.body.errors[0].parameter).to.equal(parameter);
    });
  }

  it("refuses a cursor of another list, of another user, and one that was changed", async () => {
    const cursor: string = (await list({ limit: "2", kind: "bus_trip" })).body.next_cursor;
    expect((await list({ limit: "9", kind: "bus_trip", cursor })).status).to.equal(200);
    for (const other of [{}, { kind: "bike_trip" }, { kind: "bus_trip", from: "2026-01-01T00:00:00Z" }])
      expect((await list({ ...other, cursor })).status).to.equal(400);
    expect((await list({ kind: "bus_trip", cursor }, await service.newUser())).status).to.equal(400);
    const [time, id, list_] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    for (const forged of [
      [String(time), id, list_],
      [time + 0.5, id, list_],
      [1e300, id, list_],
      [-1, id, list_],
      [time, { $gt: "" }, list_],
      [time, `${id}x`, list_],
      [time, id.replaceAll(/./g, "-"), list_],
      [time, id.toUpperCase(), list_],
      [time, id],
      [time, id, list_, 1],
      null,
    ]) {
      const query = { kind: "bus_trip", cursor: Buffer.from(JSON.stringify(forged)).toString("base64url") };
      expect((await list(query)).status, JSON.stringify(forged)).to.equal(400);
    }
  });
});
