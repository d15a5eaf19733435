import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createClient } from "@redis/client";
import { expect } from "chai";
import fc from "fast-check";
import { BSON, UUID } from "mongodb";
import { IdSearch } from "../../../scripts/privacy/id-search.ts";
import type { ErasureVerification, SearchedPlace } from "../../../scripts/privacy/verify-erasure.ts";
import { RedisSessionStore } from "../../../service/auth/redis-session-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { item } from "../../service/activities/support.ts";
import { mongoDatabase, type TestDatabase } from "../../support/databases.ts";
import { describeWith } from "../../support/real-services.ts";
import { startService, type TestService } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { toBson, useWireDatabase } from "../backup/fixture.ts";
import { expectRefusal, ops } from "../run-ops.ts";

const email = "ann@example.com";

/** The id in every form, each with the value of another user in the same form. */
const formsOf = (id: string): Record<string, unknown> => {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  const java = Buffer.concat([Buffer.from(bytes.subarray(0, 8)).reverse(), Buffer.from(bytes.subarray(8)).reverse()]);
  const csharp = Buffer.from(bytes);
  for (const [from, to] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const)
    csharp.subarray(from, to).reverse();
  return {
    text: id,
    upper: id.toUpperCase(),
    withoutDashes: id.replaceAll("-", ""),
    within: `${id}:${randomUUID()}`,
    binary: new UUID(id),
    generic: new BSON.Binary(bytes, 0),
    java: new BSON.Binary(java, 3),
    csharp: new BSON.Binary(csharp, 3),
    token: Buffer.concat([bytes, randomBytes(64)]).toString("base64url"),
    base64: bytes.toString("base64"),
    ...Object.fromEntries(
      [1, 2, 16]
        .map((count) => [`after ${count}`, Buffer.concat([randomBytes(count), bytes, randomBytes(5)])] as const)
        .flatMap(([name, all]) => [
          [`base64 ${name}`, all.toString("base64")],
          [`base64url ${name}`, all.toString("base64url")],
        ]),
    ),
  };
};

describe("The search for an id", () => {
  const id = randomUUID();
  const search = new IdSearch(id);
  const pathsOf = (document: object) => search.findPaths(toBson(document)[0]!);

  it("finds it in every form, and no other id", () => {
    for (const [form, value] of Object.entries(formsOf(id))) expect(pathsOf({ a: value }), form).to.deep.equal(["a"]);
    for (const [form, value] of Object.entries(formsOf(randomUUID()))) {
      expect(search.isIn(toBson({ a: value })[0]!), form).to.equal(false);
    }
  });

  it("names where it is, without any data", () => {
    const document = {
      _id: 1,
      owners: [{ id }, { id: "other" }, [id]],
      [id]: 1,
      byUser: { [id]: { at: 1 }, [email]: { id } },
      deep: { a: { b: [{ c: id }] } },
      byKey: {
        [`${id}:other`]: 1,
        [`1${randomBytes(16).toString("base64url")}`]: id,
        [formsOf(id).token as string]: 1,
      },
      twice: [id, id],
    };
    expect(pathsOf(document)).to.have.members([
      ...["owners[].id", "owners[][]", "USER", "byUser.USER", "byUser.*.id", "deep.a.b[].c", "byKey.*", "twice[]"],
    ]);
  });

  it("finds it at any depth", () => {
    const forms = Object.values(formsOf(id));
    const nested = fc.letrec<{ node: unknown; document: object }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(...forms),
        fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
        tie("document"),
      ),
      document: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("node"), { minKeys: 1, maxKeys: 3 }),
    })).document;
    fc.assert(
      fc.property(nested, (document) => {
        expect(pathsOf(document).length).to.be.above(0);
      }),
    );
  });
});

describe("ops privacy verify-erasure", () => {
  const server = useWireDatabase();
  const folder = useTemporaryFolder();
  const id = randomUUID();
  const deletedAt = new Date("2026-11-20T10:00:00Z");
  const [other, record] = [
    { _id: randomUUID(), email },
    { _id: id, deletedAt },
  ];
  const uri = (database = "ecobeat") => server.uri.replace("/?", `/${database}?`);
  const run = async (...args: string[]) =>
    ops(["privacy", "verify-erasure", "--user", id, ...args], { MONGODB_URI: uri(), REDIS_URL: undefined });
  const verify = async (...args: string[]): Promise<{ code: number; result: ErasureVerification }> => {
    const { code, stdout, output } = await run("--json", ...args);
    expect(stdout, output).to.match(/^\{/);
    return { code, result: JSON.parse(stdout) };
  };
  const put = (name: string, ...documents: object[]) => server.put(name, { documents: toBson(...documents) });
  const left = ({ remains }: SearchedPlace) =>
    remains.filter(({ expected }) => expected === undefined).map(({ where }) => where);
  beforeEach(() => {
    put("ecobeat.users", other);
    put("ecobeat.erasures", { _id: other._id, deletedAt }, record);
  });

  it("expects the audit log of support to name the account, and to contain nothing else of it", async () => {
    put("ecobeat.audit", { _id: "a", userId: id }, { _id: "b", userId: other._id });
    const { code, result } = await verify();
    expect([code, left(result.places[0]!)]).to.deep.equal([0, []]);
    put("ecobeat.audit", { _id: "a", userId: id, searched: id });
    expect(left((await verify()).result.places[0]!)).to.deep.equal(["audit searched"]);
    put("ecobeat.audit");
  });

  it("ends with 0 if only the erasure record is left, and only reads", async () => {
    const { code, output } = await run();
    expect(code, output).to.equal(0);
    expect(output).to.contain("the account was deleted at 2026-11-20T10:00:00.000Z");
    expect(output).to.contain("ok  erasures _id: 1 documents, expected: the erasure record");
    expect(output).to.contain("not searched: Redis (set REDIS_URL)");
    const reads = ["connectionStatus", "count", "endSessions", "find", "getMore", "listCollections"];
    const names = server.commands.map((command) => Object.keys(command)[0]!);
    expect(names.filter((name) => !reads.includes(name))).to.deep.equal([]);
  });

  it("finds what is left in any collection, also in those that the data map does not have", async () => {
    put("ecobeat.users", { _id: id, email }, other);
    put("ecobeat.activities", ...Array.from({ length: 3 }, (_, i) => ({ _id: `${id}:${i}`, userId: id })));
    put("ecobeat.goals", { _id: 1, [email]: { owners: [new UUID(id)] } });
    const { code, result } = await verify();
    expect(code).to.equal(2);
    const [database] = result.places;
    expect(left(database!)).to.have.members([
      ...["users _id", "activities _id", "activities userId", "goals *.owners[]"],
    ]);
    expect(database!.remains.find(({ where }) => where === "activities userId")!.count).to.equal(3);
    expect(database!.searched).to.equal(8);
  });

  it("prints neither the id nor any value", async () => {
    put("ecobeat.users", { _id: id, email });
    put("ecobeat.goals", { _id: 1, [id]: { [email]: id } });
    const { output } = await run("--json");
    expect(output).not.to.contain(id).and.not.contain(email);
  });

  it("ends with 2 if there is no erasure record", async () => {
    put("ecobeat.erasures", { _id: other._id, deletedAt });
    const { code, output } = await run();
    expect(code).to.equal(2);
    expect(output).to.contain("there is no erasure record");
  });

  it("expects data in a backup from before the deletion, and none in a later one", async () => {
    put("ecobeat.users", { _id: id, email }, other);
    for (const [at, expected] of [
      [new Date(Date.now() + 60_000), []],
      [deletedAt, ["users _id"]],
    ] as const) {
      const location = `${folder()}/${at.getTime()}`;
      put("ecobeat.erasures", { _id: id, deletedAt: at });
      const created = await ops(["backup", "create", "--location", location], { MONGODB_URI: uri() });
      expect(created.code, created.output).to.equal(0);
      const { result } = await verify("--location", location);
      expect(result.places[1]!.remains.map(({ where }) => where)).to.include("users _id");
      expect(left(result.places[1]!)).to.deep.equal(expected);
    }
  });

  it("shows what the archive still has", async () => {
    put("archive.activities", { _id: `${id}:1`, userId: id });
    const { code, result } = await verify("--archive", uri("archive"));
    expect(code).to.equal(0);
    const { place, remains } = result.places.at(-1)!;
    expect(place).to.equal("online archive");
    expect(remains.map(({ where }) => where)).to.have.members(["activities _id", "activities userId"]);
    expect(remains[0]!.expected).to.contain("docs/privacy.md");
    // Atlas bills what it scans.
    const [filter] = server.commands.flatMap(({ find, filter }) => (find === "activities" ? [filter] : []));
    expect(JSON.stringify(filter)).to.contain("userId");
  });

  it("refuses an id that is none", async () => {
    const { code, output } = await ops(["privacy", "verify-erasure", "--user", "ann"], {});
    expect(code).to.equal(1);
    expect(output).to.contain("It must be a UUID");
  });
});

describeWith("REDIS_URL", "ops privacy verify-erasure in Redis", () => {
  const server = useWireDatabase();
  const id = randomUUID();
  const prefix = `verify-erasure-${randomUUID().slice(0, 8)}`;
  const redis = createClient({ url: process.env.REDIS_URL! });
  before(() => redis.connect());
  afterEach(async () => {
    const keys = [...(await redis.keys(`${prefix}*`)), ...(await redis.keys(`*${id}*`))];
    if (keys.length > 0) await redis.del(keys);
  });
  after(() => redis.destroy());
  beforeEach(() => {
    server.put("ecobeat.erasures", { documents: toBson({ _id: id, deletedAt: new Date(0) }) });
  });
  const variables = () => ({ MONGODB_URI: server.uri.replace("/?", "/ecobeat?"), REDIS_URL: process.env.REDIS_URL! });
  const verify = async (): Promise<SearchedPlace> => {
    const { stdout, output } = await ops(["privacy", "verify-erasure", "--user", id, "--json"], variables());
    expect(stdout, output).to.match(/^\{/);
    return (JSON.parse(stdout) as ErasureVerification).places[1]!;
  };

  const binary = Buffer.from(id.replaceAll("-", ""), "hex");
  const plants: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.set(key, `{"user":"${id}"}`),
    binary: (key) => redis.sendCommand(["SET", Buffer.from(key), binary]),
    field: (key) => redis.hSet(key, id, 1),
    value: (key) => redis.hSet(key, { other: 1, field: id }),
    member: (key) => redis.sAdd(key, ["other", id]),
    sorted: (key) => redis.zAdd(key, { score: 1, value: id }),
    list: (key) => redis.rPush(key, [...Array.from({ length: 1_200 }, String), id]),
    stream: (key) => redis.xAdd(key, "*", { by: id }),
    // Beyond what Redis stores, and sends, at once.
    large: (key) => redis.hSet(key, { ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [i, i])), id }),
  };
  for (const [type, plant] of Object.entries(plants)) {
    it(`finds the id in a ${type}`, async () => {
      await plant(`${prefix}:${type}`);
      expect((await verify()).remains).to.deep.equal([{ where: `*:${type} (value)`, count: 1 }]);
    });
  }

  it("finds the id in keys, known and unknown, and names their kind without data", async () => {
    for (const key of [`{${id}}:session:abc-d`, `{${id}}:revoked`, `{${id}}:cached`, `goals:${id}:${email}`]) {
      await redis.set(`ecobeat:${key}`, "1", { EX: 60 });
    }
    const { remains } = await verify();
    expect(remains).to.have.deep.members([
      { where: "{USER}:session:SESSION", count: 1 },
      { where: "{USER}:revoked", count: 1, expected: "expires within 60 s" },
      { where: "{USER}:cached", count: 1 },
      { where: "ecobeat:goals:USER:*", count: 1 },
    ]);
  });

  it("expects the links of the user's mails, until they expire", async () => {
    await redis.set(`${prefix}-expiring:link:HASH`, JSON.stringify({ userId: id }), { EX: 60 });
    await redis.set(`${prefix}-staying:link:HASH`, JSON.stringify({ userId: id }));
    expect((await verify()).remains).to.have.deep.members([
      { where: "link:HASH (value)", count: 1, expected: "expires within 86400 s" },
      { where: "link:HASH (expires late or never) (value)", count: 1 },
    ]);
  });

  it("does not expect a key to expire that does so later than the data map says, or never", async () => {
    await redis.set(`ecobeat:{${id}}:revoked`, "1");
    await redis.set(`preview:{${id}}:revoked`, "1", { EX: 100 });
    expect((await verify()).remains).to.deep.equal([{ where: "{USER}:revoked (expires late or never)", count: 2 }]);
  });

  /** Runs the command as a user with this access string. */
  async function runAs(accessString: string) {
    const user = `${prefix}-user`;
    await redis.sendCommand(["ACL", "SETUSER", user, ">secret", ...accessString.split(" ")]);
    try {
      const url = Object.assign(new URL(process.env.REDIS_URL!), { username: user, password: "secret" });
      return await ops(["privacy", "verify-erasure", "--user", id], { ...variables(), REDIS_URL: url.href });
    } finally {
      await redis.sendCommand(["ACL", "DELUSER", user]);
    }
  }

  it("needs no more than the access string in the docs", async () => {
    const [, accessString] = /^ {4}(on ~\* .*)$/m.exec(readFileSync("docs/privacy.md", "utf8"))!;
    for (const [type, plant] of Object.entries(plants)) await plant(`${prefix}:${type}`);
    await redis.set(`ecobeat:{${id}}:cached`, "1");
    const { code, output } = await runAs(accessString!);
    expect(code, output).to.equal(2);
    expect(output).to.contain("{USER}:cached (expires late or never)");
    for (const type of Object.keys(plants)) expect(output).to.contain(`*:${type} (value)`);
  });

  it("refuses to call a search complete that Redis did not allow", async () => {
    const output = await expectRefusal(
      runAs("on ~* -@all +@connection +dbsize"),
      ...["[redis-search-failed]", "no permissions to run the 'scan' command"],
    );
    expect(output).not.to.contain("secret");
  });

  it("refuses to call a search complete without a server", async () => {
    const command = ops(["privacy", "verify-erasure", "--user", id], {
      ...variables(),
      REDIS_URL: "redis://127.0.0.1:1",
    });
    await expectRefusal(command, "[redis-search-failed]", "ECONNREFUSED");
  });
});

describeWith("MONGODB_URI", "ops privacy verify-erasure of an account", () => {
  if (!process.env.REDIS_URL) return;
  let database: TestDatabase & { uri: string };
  let redis: RedisConnection;
  let service: TestService;
  before(async () => {
    database = await mongoDatabase();
    redis = new RedisConnection(process.env.REDIS_URL!);
    service = await startService({
      database: async () => database.database,
      sessions: async () => new RedisSessionStore(redis),
      userCache: async () => new RedisUserCache(redis),
    });
  });
  after(async () => {
    await service.stop();
    await redis.close();
    await database.remove();
  });

  it("finds all of it before the deletion, and nothing after it", async () => {
    const ann = await service.register();
    await ann.send("POST", "/v1/activities", { body: { activities: [item()] } });
    await ann.send("GET", "/v1/users/me");
    const verify = async () => {
      const { code, stdout } = await ops(["privacy", "verify-erasure", "--user", ann.id, "--json"], {
        MONGODB_URI: database.uri,
        REDIS_URL: process.env.REDIS_URL!,
      });
      const { places } = JSON.parse(stdout) as ErasureVerification;
      return { code, found: places.map(({ remains }) => remains.map(({ where }) => where)) };
    };
    const before = await verify();
    expect(before.code).to.equal(2);
    expect(before.found[0]).to.have.members(["users _id", "activities _id", "activities userId"]);
    expect(before.found[1]).to.have.members(["{USER}:session:SESSION", "{USER}:sessions", "{USER}:cached"]);
    expect((await ann.send("DELETE", "/v1/users/me")).status).to.equal(204);
    expect(await verify()).to.deep.equal({ code: 0, found: [["erasures _id"], ["{USER}:revoked"]] });
  });
});
