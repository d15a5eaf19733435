import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { LinkStore } from "../../../service/auth/links.ts";
import { linkPurposes } from "../../../service/auth/links.ts";
import { RedisLinkStore } from "../../../service/auth/redis-link-store.ts";
import { keyMap } from "../../../service/data-map.ts";
import { MemoryLinkStore } from "../../../service/local/memory-link-store.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { describeWith } from "../../support/real-services.ts";

function linkRules(store: () => LinkStore): void {
  const newKey = () => `test-${randomUUID()}`;

  it("finds the value of the first key that has one", async () => {
    const [missing, first, second] = [newKey(), newKey(), newKey()];
    await store().put(first, "1", 10_000);
    await store().put(second, "2", 10_000);
    expect(await store().find([missing, first, second])).to.equal("1");
    expect(await store().find([second, first])).to.equal("2");
    expect(await store().find([missing])).to.equal(undefined);
  });

  it("keeps a value, however often it is read", async () => {
    const key = newKey();
    await store().put(key, "1", 10_000);
    for (let i = 0; i < 2; i++) expect(await store().find([key])).to.equal("1");
  });
}

describe("Links in the process", () => {
  let now = 1;
  const store = new MemoryLinkStore(() => now);
  linkRules(() => store);

  it("expire", async () => {
    await store.put("key", "1", 1_000);
    now += 999;
    expect(await store.find(["key"])).to.equal("1");
    now += 2;
    expect(await store.find(["key"])).to.equal(undefined);
  });
});

describeWith("REDIS_URL", "Links in Redis", () => {
  const keyPrefix = `links-${randomUUID().slice(0, 8)}:`;
  let redis: RedisConnection;
  before(() => {
    redis = new RedisConnection(process.env.REDIS_URL!, { keyPrefix });
  });
  after(async () => {
    const keys = await redis.run((client) => client.keys(`${keyPrefix}*`));
    await redis.run((client) => client.del(keys));
    await redis.close();
  });
  linkRules(() => new RedisLinkStore(redis));

  it("expire", async () => {
    await new RedisLinkStore(redis).put("expiring", "1", 10_000);
    const remainingMs = await redis.run((client) => client.pTTL(`${keyPrefix}link:expiring`));
    expect(remainingMs).to.be.within(1, 10_000);
  });
});

it("Links expire as the data map says", () => {
  const longest = Math.max(...Object.values(linkPurposes).map(({ lifetimeMs }) => lifetimeMs));
  expect(keyMap["link:HASH"].expirySeconds * 1000).to.equal(longest);
});
