import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { startTcpProxy } from "../../../scripts/drill/tcp-proxy.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { type UserCache, userCacheMilliseconds } from "../../../service/platform/user-cache.ts";
import { type Fault, type FaultyProxy, faults, faultyProxy } from "../../support/faulty-proxy.ts";
import { describeWith } from "../../support/real-services.ts";

/** A value in place of the database, which a test changes, with the number of loads. */
function newSource() {
  const userId = randomUUID();
  const state = { value: 1, loads: 0, delay: 0 };
  const load = async () => {
    state.loads += 1;
    const value = state.value;
    await wait(state.delay);
    return { value };
  };
  return { userId, state, load };
}

/** @param processes returns a cache for each process that shares the values */
function behavesAsUserCache(processes: () => UserCache[]) {
  const first = () => processes()[0]!;
  const last = () => processes().at(-1)!;

  it("loads once, and again after an invalidation", async () => {
    const { userId, state, load } = newSource();
    for (const cache of processes()) {
      expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    }
    expect(state.loads).to.equal(1);
    state.value = 2;
    await first().invalidate(userId, "Profile");
    expect(await last().read(userId, "Profile", load)).to.deep.equal({ value: 2 });
    expect(state.loads).to.equal(2);
  });

  it("separates names and users, and invalidates all values of a user", async () => {
    const { state, load } = newSource();
    const [ann, bob] = [randomUUID(), randomUUID()];
    for (const name of ["Profile", "Summary 2026-11"] as const) {
      for (const userId of [ann, bob]) await first().read(userId, name, load);
    }
    expect(state.loads).to.equal(4);
    await first().invalidate(ann, "Profile");
    await first().read(ann, "Summary 2026-11", load);
    expect(state.loads).to.equal(4);
    await first().invalidate(ann);
    for (const name of ["Profile", "Summary 2026-11"] as const) {
      for (const userId of [ann, bob]) await last().read(userId, name, load);
    }
    expect(state.loads).to.equal(6);
  });

  for (const [what, delay] of [
    ["", 20],
    [", above all when the database is slow", 600],
  ] as const) {
    it(`lets one of 50 concurrent readers load, across all processes${what}`, async () => {
      const { userId, state, load } = newSource();
      state.delay = delay;
      const values = await Promise.all(
        Array.from({ length: 50 }, (_, i) => processes()[i % processes().length]!.read(userId, "Profile", load)),
      );
      expect(new Set(values.map(({ value }) => value))).to.deep.equal(new Set([1]));
      expect(state.loads).to.equal(1);
    });
  }

  for (const [what, name] of [
    ["it", "Profile"],
    ["all of the user's values", undefined],
  ] as const) {
    it(`does not store a value that was loading while ${what} was invalidated`, async () => {
      for (const other of [first(), last()]) {
        const { userId, state, load } = newSource();
        state.delay = 60;
        const reading = first().read(userId, "Profile", load);
        while (state.loads === 0) await wait(1);
        state.value = 2;
        await other.invalidate(userId, name);
        // Still loading when the first reader, which has lost its ticket, is done.
        state.delay = 90;
        const reloading = other.read(userId, "Profile", load);
        expect(await reading).to.deep.equal({ value: 1 });
        for (const cache of processes()) {
          expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
        }
        expect(await reloading).to.deep.equal({ value: 2 });
      }
    });
  }

  it("serves a change to later readers, in a process that still loads the old value", async () => {
    for (const other of [first(), last()]) {
      const { userId, state, load } = newSource();
      state.delay = 100;
      const reading = first().read(userId, "Profile", load);
      while (state.loads === 0) await wait(1);
      [state.value, state.delay] = [2, 0];
      await other.invalidate(userId, "Profile");
      expect(await first().read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      expect(await reading).to.deep.equal({ value: 1 });
    }
  });

  it("never serves a writer the value from before its write, whatever others read and write", async () => {
    const { userId, state, load } = newSource();
    let isRunning = true;
    const readers = processes().map(async (cache) => {
      while (isRunning) {
        await cache.read(userId, "Profile", load);
        await wait(1);
      }
    });
    for (let i = 2; i < 60; i++) {
      const [writer, reader] = i % 2 ? [first(), last()] : [last(), first()];
      state.delay = i % 3;
      state.value = i;
      await writer.invalidate(userId, "Profile");
      expect(await writer.read(userId, "Profile", load)).to.deep.equal({ value: i });
      expect(await reader.read(userId, "Profile", load)).to.deep.equal({ value: i });
    }
    isRunning = false;
    await Promise.all(readers);
  });

  it("rethrows the error of a load, stores nothing, and delays no one for long", async () => {
    const userId = randomUUID();
    const failure = new Error("no database");
    const error = await first()
      .read(userId, "Profile", () => Promise.reject(failure))
      .catch((error) => error);
    expect(error).to.equal(failure);
    expect(await last().read(userId, "Profile", newSource().load)).to.deep.equal({ value: 1 });
  });
}

describe("The user cache in the process", () => {
  let now = Date.now();
  const cache = new MemoryUserCache(() => now);
  behavesAsUserCache(() => [cache]);

  it("expires after its time", async () => {
    const { userId, state, load } = newSource();
    await cache.read(userId, "Profile", load);
    now += userCacheMilliseconds + 1;
    await cache.read(userId, "Profile", load);
    expect(state.loads).to.equal(2);
  });
});

describeWith("REDIS_URL", "The user cache in Redis", () => {
  let connections: RedisConnection[];
  let caches: RedisUserCache[];
  const connect = () => new RedisConnection(process.env.REDIS_URL!);
  before(async () => {
    connections = [connect(), connect(), connect()];
    // A connection that is still opening is too slow for the cache.
    for (const redis of connections) await redis.run((client) => client.ping());
    // On a busy machine, a healthy Redis may answer later than the default allows, and each reader would then load.
    const timeouts = { ...defaultTimeouts, cacheAnswer: 10_000 };
    caches = connections.map((redis) => new RedisUserCache(redis, undefined, timeouts));
  });
  after(async () => {
    for (const redis of connections) await redis.close();
  });
  behavesAsUserCache(() => caches);

  const redisServer = (): [host: string, port: number] => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    return [hostname, Number(port || 6379)];
  };
  const toKey = (userId: string) => `${cacheKeyPrefix}{${userId}}:cached`;
  const run = <T>(
    command: (client: { pTTL(key: string): Promise<number>; exists(key: string): Promise<number> }) => Promise<T>,
  ) => connections[0]!.run(command as never) as Promise<T>;

  it("expires by itself, and is deleted with its user", async () => {
    const userId = randomUUID();
    await caches[0]!.read(userId, "Profile", newSource().load);
    expect(await run((client) => client.pTTL(toKey(userId)))).to.be.within(1, userCacheMilliseconds);
    await caches[1]!.invalidate(userId);
    expect(await run((client) => client.exists(toKey(userId)))).to.equal(0);
  });

  it("is loaded immediately by the next reader when loading failed", async () => {
    const { load } = newSource();
    const userId = randomUUID();
    const failing = caches[0]!.read(userId, "Profile", () => Promise.reject(new Error("no database")));
    await failing.catch(() => {});
    expect(await run((client) => client.exists(toKey(userId)))).to.equal(0);
    expect(await caches[1]!.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
  });

  it("may be loaded by another reader when the first one never finishes", async () => {
    const { userId, state, load } = newSource();
    const late = new RedisUserCache(connections[1]!, () => Date.now() + 2_001);
    await new Promise<void>((isLoading) => {
      void caches[0]!.read(userId, "Profile", () => {
        isLoading();
        return new Promise(() => {});
      });
    });
    expect(await late.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    expect(await late.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    expect(state.loads).to.equal(1);
  });

  describe("of two releases, of which the newer added to a value", () => {
    const release = (index: number, shape: number, text: string) => {
      const cache = new RedisUserCache(connections[index]!, undefined, undefined, { Profile: 1, Summary: shape });
      let loads = 0;
      const load = async () => {
        loads += 1;
        return text;
      };
      return {
        ...{ cache, loads: () => loads },
        read: (userId: string) => cache.read(userId, "Summary 2026-11", load),
      };
    };
    let older: ReturnType<typeof release>;
    let newer: ReturnType<typeof release>;
    let userId: string;
    beforeEach(() => {
      [older, newer, userId] = [release(0, 9, "of the older"), release(1, 10, "of the newer"), randomUUID()];
    });
    afterEach(() => older.cache.invalidate(userId));

    it("gives the newer no value that lacks something, and the older any", async () => {
      expect(await older.read(userId)).to.equal("of the older");
      expect(await newer.read(userId)).to.equal("of the newer");
      for (const { read } of [older, newer, older]) expect(await read(userId)).to.equal("of the newer");
      expect([older.loads(), newer.loads()]).to.deep.equal([1, 1]);
    });

    it("is invalidated by either for both", async () => {
      for (const { cache } of [older, newer]) {
        await newer.read(userId);
        await cache.invalidate(userId, "Summary 2026-11");
        expect(await older.read(userId)).to.equal("of the older");
        await cache.invalidate(userId, "Summary 2026-11");
      }
    });

    it("has one loading reader among both", async () => {
      const values = await Promise.all([older, newer, older, newer].map(({ read }) => read(userId)));
      expect(new Set(values.filter((_, index) => index % 2 === 1))).to.deep.equal(new Set(["of the newer"]));
      expect([older.loads(), newer.loads()].every((loads) => loads <= 1)).to.equal(true);
    });
  });

  for (const stored of ["", "7", '{"value":7}', "1 ", '1 {"value":', "1.5 7", "-1 7", "x 7"]) {
    it(`loads instead of the unreadable value ${JSON.stringify(stored)}, and replaces it`, async () => {
      const { userId, state, load } = newSource();
      await connections[0]!.run((client) => client.hSet(toKey(userId), "Profile", stored));
      for (const cache of caches) expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
      expect(state.loads).to.be.within(1, 2);
      await caches[0]!.invalidate(userId);
    });
  }

  describe("with a network fault", () => {
    let proxy: FaultyProxy;
    before(async () => {
      proxy = await faultyProxy(...redisServer());
    });
    after(() => proxy.close());

    /** A cache with its own open connection. */
    async function behindProxy() {
      const redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
      const cache = new RedisUserCache(redis);
      await redis.run((client) => client.ping());
      return { redis, cache };
    }

    it("is invalidated by a process that has to connect first, on a slow network", async () => {
      const slow = await startTcpProxy(...redisServer());
      slow.addLatency(60);
      const redis = new RedisConnection(`redis://127.0.0.1:${slow.port}`);
      const { userId, state, load } = newSource();
      await caches[0]!.read(userId, "Profile", load);
      state.value = 2;
      await new RedisUserCache(redis).invalidate(userId);
      expect(await caches[0]!.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      await redis.close();
      slow.close();
    });

    for (const fault of Object.keys(faults) as Fault[]) {
      it(`serves the current value when ${fault}, at any step`, async () => {
        for (const step of [1, 2]) {
          const { redis, cache } = await behindProxy();
          const { userId, state, load } = newSource();
          proxy.failAt(step, fault);
          expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
          expect(proxy.hasFailed()).to.equal(true);
          state.value = 2;
          await caches[0]!.invalidate(userId, "Profile");
          expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
          await redis.close();
        }
      });
    }

    it("does not serve a value that it could not invalidate, and others serve it until it expires", async () => {
      const { redis, cache } = await behindProxy();
      const { userId, state, load } = newSource();
      await cache.read(userId, "Profile", load);
      proxy.failAt(1, "the request never leaves");
      state.value = 2;
      await cache.invalidate(userId, "Profile");
      expect(proxy.hasFailed()).to.equal(true);
      expect(await run((client) => client.pTTL(toKey(userId)))).to.be.within(1, userCacheMilliseconds);
      for (const each of [cache, caches[0]!]) {
        expect(await each.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      }
      await redis.close();
    });
  });

  it("loads each time without Redis, and nothing fails", async () => {
    const unreachable = new RedisConnection("redis://127.0.0.1:1");
    const cache = new RedisUserCache(unreachable);
    const { userId, state, load } = newSource();
    for (let i = 1; i <= 3; i++) expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    await cache.invalidate(userId);
    expect(state.loads).to.equal(3);
    await unreachable.close();
  });
});
