import { setTimeout as wait } from "node:timers/promises";
import type { Check } from "../checks.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** Redis is there, and empty: a node was replaced. Whoever has an access token goes on until it expires. */
export const redisLost: Scenario = {
  name: "redis-lost",
  title: "Redis loses all keys",
  runbook: "redis",
  async run(drill) {
    const { localEnvironment, seed } = drill;
    await localEnvironment.region.createCache();
    await drill.keepWriting();
    await drill.causeDisaster("all keys are lost", () => localEnvironment.region.redis.flush());
    const user = seed.clients[0]!;
    await drill.detect(async () => {
      while ((await user.refresh()) !== 401) await wait(250);
    });
    await drill.keepWriting();
    await drill.followRunbook("redis", {}, [6]);
    await drill.verifyRecovery(async () => [
      wentOn(drill),
      {
        name: "who was logged out logs in, and stays in",
        passed: (await user.logIn()) === 200 && (await user.refresh()) === 200,
        detail: "login and refresh",
      },
    ]);
  },
};

/** Redis cannot be reached for a while, as during a failover. */
export const redisUnreachable: Scenario = {
  name: "redis-unreachable",
  title: "Redis is out of reach, and comes back",
  runbook: "redis",
  async run(drill) {
    const { localEnvironment, seed } = drill;
    await localEnvironment.region.createCache();
    await drill.keepWriting();
    await drill.causeDisaster("Redis is out of reach", async () => localEnvironment.region.redis.proxy.cut());
    await drill.detect();
    const during = await seed.clients[0]!.createSecondClient().logIn();
    await drill.followRunbook("redis", {}, [1]);
    await drill.measure("Redis stays out of reach", () => wait(drill.outageSeconds * 1_000));
    localEnvironment.region.redis.proxy.restore();
    await drill.verifyRecovery(
      async (): Promise<Check[]> => [
        wentOn(drill),
        { name: "logins were told to come again", passed: during === 503, detail: `they got ${during}` },
      ],
    );
  },
};

/** Nobody's write may fail for want of Redis. */
function wentOn({ traffic, milestones }: Drill) {
  const during = traffic.confirmed.filter(({ at }) => at >= milestones.disasterAt!).length;
  return {
    name: "who was logged in went on recording",
    passed: during > 0 && traffic.failed === 0,
    detail: `${during} writes confirmed since the disaster, ${traffic.failed} refused`,
  };
}
