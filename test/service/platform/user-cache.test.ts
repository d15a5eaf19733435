import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { startTcpProxy } from "../../../scripts/drill/tcp-proxy.ts";
import { cacheKeyPrefix } from "../../../service/contract.ts";
import { MemoryUserCache } from "../../../service/local/memory-user-cache.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { type UserCache, userCacheMilliseconds } from "../../../service/platform/user-cache.ts";
import { type Fault, type FaultyProxy, faults, faultyProxy } from "../../support/faulty-proxy.ts";
import { describeWith } from "../../support/real-services.ts";

/** A value that a test changes, as a database holds it, with how often it was read. */
function source() {
  const state = { value: 1, loads: 0, delay: 0 };
  const load = async () => {
    state.loads += 1;
    const value = state.value;
    await wait(state.delay);
    return { value };
  };
  return { state, load };
}

/** @param processes give as many caches as there are processes that share what is cached */
function behavesAsUserCache(processes: () => UserCache[]) {
  const first = () => processes()[0]!;
  const last = () => processes().at(-1)!;

  it("loads once, and again when it was told to invalidate", async () => {
    const { state, load } = source();
    const userId = randomUUID();
    for (const cache of processes()) {
      expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    }
    expect(state.loads).to.equal(1);
    state.value = 2;
    await first().invalidate(userId, "Profile");
    expect(await last().read(userId, "Profile", load)).to.deep.equal({ value: 2 });
    expect(state.loads).to.equal(2);
  });

  it("keeps names and users apart, and invalidates all of a user at once", async () => {
    const { state, load } = source();
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
    [", when the database is slow above all", 600],
  ] as const) {
    it(`lets one of 50 readers at once load, however many processes they are in${what}`, async () => {
      const { state, load } = source();
      state.delay = delay;
      const userId = randomUUID();
      const values = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          processes()[i % processes().length]!.read(userId, "Profile", load),
        ),
      );
      expect(new Set(values.map(({ value }) => value))).to.deep.equal(new Set([1]));
      expect(state.loads).to.equal(1);
    });
  }

  for (const [what, name] of [
    ["it", "Profile"],
    ["all of the user", undefined],
  ] as const) {
    it(`does not keep what was being loaded while ${what} was invalidated`, async () => {
      for (const other of [first(), last()]) {
        const { state, load } = source();
        state.delay = 60;
        const userId = randomUUID();
        const reading = first().read(userId, "Profile", load);
        while (state.loads === 0) await wait(1);
        state.value = 2;
        await other.invalidate(userId, name);
        // Still loading when the first one, which has lost its right, has ended.
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

  it("shows what was changed to whoever asks afterwards, in a process that still loads what was before", async () => {
    for (const other of [first(), last()]) {
      const { state, load } = source();
      state.delay = 100;
      const userId = randomUUID();
      const reading = first().read(userId, "Profile", load);
      while (state.loads === 0) await wait(1);
      [state.value, state.delay] = [2, 0];
      await other.invalidate(userId, "Profile");
      expect(await first().read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      expect(await reading).to.deep.equal({ value: 1 });
    }
  });

  it("never shows a writer the value from before its write, whoever else reads and writes", async () => {
    const { state, load } = source();
    const userId = randomUUID();
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

  it("throws what loading throws, keeps nothing of it, and holds nobody up for long", async () => {
    const userId = randomUUID();
    const failure = new Error("no database");
    const error = await first()
      .read(userId, "Profile", () => Promise.reject(failure))
      .catch((error) => error);
    expect(error).to.equal(failure);
    expect(await last().read(userId, "Profile", source().load)).to.deep.equal({ value: 1 });
  });
}

describe("What is cached of users in the process", () => {
  let now = Date.now();
  const cache = new MemoryUserCache(() => now);
  behavesAsUserCache(() => [cache]);

  it("expires after its time", async () => {
    const { state, load } = source();
    const userId = randomUUID();
    await cache.read(userId, "Profile", load);
    now += userCacheMilliseconds + 1;
    await cache.read(userId, "Profile", load);
    expect(state.loads).to.equal(2);
  });
});

describeWith("REDIS_URL", "What is cached of users in Redis", () => {
  let connections: RedisConnection[];
  let caches: RedisUserCache[];
  const connect = () => new RedisConnection(process.env.REDIS_URL!);
  before(async () => {
    connections = [connect(), connect(), connect()];
    // A connection that is still being made is too slow for the cache.
    for (const redis of connections) await redis.run((client) => client.ping());
    caches = connections.map((redis) => new RedisUserCache(redis));
  });
  after(async () => {
    for (const redis of connections) await redis.close();
  });
  behavesAsUserCache(() => caches);

  const redisServer = (): [host: string, port: number] => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    return [hostname, Number(port || 6379)];
  };
  const keyOf = (userId: string) => `${cacheKeyPrefix}{${userId}}:cached`;
  const ask = <T>(
    command: (client: {
      pTTL(key: string): Promise<number>;
      exists(key: string): Promise<number>;
    }) => Promise<T>,
  ) => connections[0]!.run(command as never) as Promise<T>;

  it("expires by itself, and is gone at once with its user", async () => {
    const userId = randomUUID();
    await caches[0]!.read(userId, "Profile", source().load);
    expect(await ask((client) => client.pTTL(keyOf(userId)))).to.be.within(1, userCacheMilliseconds);
    await caches[1]!.invalidate(userId);
    expect(await ask((client) => client.exists(keyOf(userId)))).to.equal(0);
  });

  it("is loaded by the next one at once when loading failed", async () => {
    const { load } = source();
    const userId = randomUUID();
    const failing = caches[0]!.read(userId, "Profile", () => Promise.reject(new Error("no database")));
    await failing.catch(() => {});
    expect(await ask((client) => client.exists(keyOf(userId)))).to.equal(0);
    expect(await caches[1]!.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
  });

  it("may be loaded by another when the first one does not come back", async () => {
    const { state, load } = source();
    const userId = randomUUID();
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

  describe("with a fault on the way", () => {
    let proxy: FaultyProxy;
    before(async () => {
      proxy = await faultyProxy(...redisServer());
    });
    after(() => proxy.close());

    /** A cache with a connection of its own, that is open. */
    async function behindProxy() {
      const redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
      const cache = new RedisUserCache(redis);
      await redis.run((client) => client.ping());
      return { redis, cache };
    }

    it("is invalidated by a process that has to connect first, on a slow way", async () => {
      const slow = await startTcpProxy(...redisServer());
      slow.addLatency(60);
      const redis = new RedisConnection(`redis://127.0.0.1:${slow.port}`);
      const { state, load } = source();
      const userId = randomUUID();
      await caches[0]!.read(userId, "Profile", load);
      state.value = 2;
      await new RedisUserCache(redis).invalidate(userId);
      expect(await caches[0]!.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      await redis.close();
      slow.close();
    });

    for (const fault of Object.keys(faults) as Fault[]) {
      it(`reads what is true when ${fault}, at any step`, async () => {
        for (const step of [1, 2]) {
          const { redis, cache } = await behindProxy();
          const { state, load } = source();
          const userId = randomUUID();
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

    it("does not show what it could not invalidate, and others show it no longer than it lives", async () => {
      const { redis, cache } = await behindProxy();
      const { state, load } = source();
      const userId = randomUUID();
      await cache.read(userId, "Profile", load);
      proxy.failAt(1, "the request never leaves");
      state.value = 2;
      await cache.invalidate(userId, "Profile");
      expect(proxy.hasFailed()).to.equal(true);
      expect(await ask((client) => client.pTTL(keyOf(userId)))).to.be.within(1, userCacheMilliseconds);
      for (const each of [cache, caches[0]!]) {
        expect(await each.read(userId, "Profile", load)).to.deep.equal({ value: 2 });
      }
      await redis.close();
    });
  });

  it("is of no use without Redis, and nothing fails", async () => {
    const nobody = new RedisConnection("redis://127.0.0.1:1");
    const cache = new RedisUserCache(nobody);
    const { state, load } = source();
    const userId = randomUUID();
    for (let i = 1; i <= 3; i++)
      expect(await cache.read(userId, "Profile", load)).to.deep.equal({ value: 1 });
    await cache.invalidate(userId);
    expect(state.loads).to.equal(3);
    await nobody.close();
  });
});
