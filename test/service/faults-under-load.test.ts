import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { pickRequestKind, type RequestResult, VirtualUser } from "../../bench/load/virtual-user.ts";
import { type RequestKind, requestKinds } from "../../scripts/capacity/traffic-model.ts";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { RedisSessionStore } from "../../service/auth/redis-session-store.ts";
import { defaultTokens } from "../../service/config.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { RedisUserCache } from "../../service/platform/redis-user-cache.ts";
import { describeWith } from "../support/real-services.ts";
import { startService, type TestService } from "../support/service.ts";

const clientCount = 6;

/** Pause of each client between two requests: faults must affect many requests, not a busy machine. */
const pauseMilliseconds = 10;

/** Below all timeouts of the service. */
const slowMilliseconds = 400;

/** Longer than any fault here, on any machine: after a longer one, a client that lost a response must log in again. */
const refreshGraceSeconds = 120;

/** The requests that need a dependency. All others succeed without it. */
const requestsByDependency = {
  database: ["profile", "list", "activity", "summary", "batch", "login"],
  Redis: ["refresh", "login"],
} as const satisfies Record<string, RequestKind[]>;

type Dependency = keyof typeof requestsByDependency;

/** The missing variable, if any: both are required. */
const missingVariable = process.env.MONGODB_URI ? "REDIS_URL" : "MONGODB_URI";

describeWith(missingVariable, "Faults under a mixed workload", () => {
  let service: TestService;
  let redis: RedisConnection;
  let removeDatabase: () => Promise<void>;
  const proxies = {} as Record<Dependency, TcpProxy>;
  const day: { phone: VirtualUser; running: Promise<void> }[] = [];
  const outcomes: (RequestResult & { phone: VirtualUser })[] = [];
  let isOver = false;
  let next: () => RequestKind = pickRequestKind;

  before(async () => {
    proxies.database = await createProxy(process.env.MONGODB_URI!, 27_017);
    proxies.Redis = await createProxy(process.env.REDIS_URL!, 6_379);
    const name = `ecobeat_test_${randomUUID().slice(0, 8)}`;
    const database = await connectMongo(`mongodb://127.0.0.1:${proxies.database.port}/${name}?directConnection=true`);
    removeDatabase = async () => {
      await database.dropDatabase();
      await database.client.close();
    };
    await createIndexes(database);
    redis = new RedisConnection(`redis://127.0.0.1:${proxies.Redis.port}`);
    const backends = {
      database: async () => database,
      sessions: async () => new RedisSessionStore(redis),
      rateLimits: async () => redis,
      userCache: async () => new RedisUserCache(redis),
    };
    service = await startService(backends, { tokens: { ...defaultTokens, refreshGraceSeconds } });
    const registered = await Promise.all(Array.from({ length: clientCount }, () => VirtualUser.register(service.send)));
    day.push(...registered.map((phone) => ({ phone, running: run(phone) })));
  });

  after(async () => {
    isOver = true;
    for (const proxy of Object.values(proxies)) proxy.restore();
    await Promise.all(day.map(({ running }) => running));
    await Promise.all(day.map(({ phone }) => phone.deleteAccount()));
    await redis.close();
    await removeDatabase();
    await service.stop();
    for (const proxy of Object.values(proxies)) proxy.close();
  });

  async function run(phone: VirtualUser): Promise<void> {
    while (!isOver) {
      outcomes.push({ phone, ...(await phone.sendRequest(next())) });
      await wait(pauseMilliseconds);
    }
  }

  const since = (time: number) => outcomes.filter(({ sentAt }) => sentAt >= time);

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await wait(20);
  }

  /** Sends all kinds in turn, so that none is left to chance, until each has had such a response. */
  async function everyKind(isMet: (response: RequestResult) => boolean): Promise<void> {
    const begun = performance.now();
    let count = 0;
    next = () => requestKinds[count++ % requestKinds.length]!;
    for (const kind of requestKinds) await until(() => since(begun).some((each) => each.kind === kind && isMet(each)));
    next = pickRequestKind;
  }

  const everyKindSucceeds = () => everyKind(({ status }) => status === 200);

  const faults = () => outcomes.flatMap(({ fault }) => fault ?? []);

  it("do not occur at first", everyKindSucceeds);

  for (const dependency of Object.keys(requestsByDependency) as Dependency[]) {
    const isNeeding = ({ kind }: RequestResult) => (requestsByDependency[dependency] as RequestKind[]).includes(kind);

    for (const [how, fail] of [
      ["refuses connections", () => proxies[dependency].cut()],
      ["stays silent", () => proxies[dependency].blackhole()],
    ] as const) {
      it(`${dependency} ${how}: no request waits for its end, each client gets 503, other requests succeed, all recovers`, async () => {
        const begun = performance.now();
        fail();
        await everyKind(() => true);
        const refused = () => since(begun).filter((each) => each.status === 503 && isNeeding(each));
        await until(() => new Set(refused().map(({ phone }) => phone)).size === clientCount);
        proxies[dependency].restore();
        await everyKindSucceeds();
        const broken = since(begun).filter((each) => each.status !== 200 && !isNeeding(each));
        expect(broken, `what does not need ${dependency}`).to.deep.equal([]);
        expect(faults()).to.deep.equal([]);
      });
    }

    it(`${dependency} is slow: all responses are right, and all recovers`, async () => {
      proxies[dependency].addLatency(slowMilliseconds);
      await everyKindSucceeds();
      proxies[dependency].restore();
      await everyKindSucceeds();
      expect(faults()).to.deep.equal([]);
    });
  }

  it("no accepted data is lost", async () => {
    isOver = true;
    await Promise.all(day.map(({ running }) => running));
    const lost = await Promise.all(day.map(({ phone }) => phone.readBack()));
    expect(lost.filter((fault) => fault !== undefined)).to.deep.equal([]);
    expect(faults()).to.deep.equal([]);
  });
});

function createProxy(uri: string, defaultPort: number): Promise<TcpProxy> {
  const { hostname, port } = new URL(uri);
  return startTcpProxy(hostname, Number(port || defaultPort));
}
