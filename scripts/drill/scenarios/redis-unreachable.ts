import { setTimeout as wait } from "node:timers/promises";
import type { Check } from "../checks.ts";
import type { Scenario } from "../scenario.ts";
import { wentOn } from "./redis-lost.ts";

/** Redis cannot be reached for a while, as during a failover. */
export const redisUnreachable: Scenario = {
  name: "redis-unreachable",
  title: "Redis is out of reach, and comes back",
  page: "redis",
  async run(drill) {
    const { stage, seed } = drill;
    await stage.site.makeCache();
    await drill.writeOn();
    await drill.disaster("Redis is out of reach", async () => stage.site.redis.proxy.cut());
    await drill.notice();
    const during = await seed.phones[0]!.another().logIn();
    await drill.follow("redis", {}, [1]);
    await drill.meanwhile("Redis stays out of reach", () => wait(drill.outageSeconds * 1_000));
    stage.site.redis.proxy.restore();
    await drill.recover(
      async (): Promise<Check[]> => [
        wentOn(drill),
        { name: "logins were told to come again", passed: during === 503, detail: `they got ${during}` },
      ],
    );
  },
};
