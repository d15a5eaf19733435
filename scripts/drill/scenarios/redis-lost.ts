import { setTimeout as wait } from "node:timers/promises";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../scenario.ts";

/** Redis is there, and empty: a node was replaced. Whoever has an access token goes on until it expires. */
export const redisLost: Scenario = {
  name: "redis-lost",
  title: "Redis loses all keys",
  page: "redis",
  async run(drill) {
    const { stage, seed } = drill;
    await stage.site.makeCache();
    await drill.writeOn();
    await drill.disaster("all keys are lost", () => stage.site.redis.lose());
    const user = seed.phones[0]!;
    await drill.notice(async () => {
      while ((await user.refresh()) !== 401) await wait(250);
    });
    await drill.writeOn();
    await drill.follow("redis", {}, [6]);
    await drill.recover(async () => [
      wentOn(drill),
      {
        name: "who was logged out logs in, and stays in",
        passed: (await user.logIn()) === 200 && (await user.refresh()) === 200,
        detail: "login and refresh",
      },
    ]);
  },
};

/** Nobody's write may fail for want of Redis. */
export function wentOn({ traffic, moments }: Drill) {
  const during = traffic.accepted.filter(({ at }) => at >= moments.disasterAt!).length;
  return {
    name: "who was logged in went on recording",
    passed: during > 0 && traffic.refused === 0,
    detail: `${during} writes confirmed since the disaster, ${traffic.refused} refused`,
  };
}
