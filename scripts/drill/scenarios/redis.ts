import { setTimeout as wait } from "node:timers/promises";
import { toNamePrefix } from "../../../service/contract.ts";
import { poll } from "../../cli/polling.ts";
import { errorsPage } from "../alarm-route.ts";
import type { Check } from "../checks.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** A node was replaced: Redis is reachable and empty. Users with an access token continue until it expires. */
export const redisLost: Scenario = {
  name: "redis-lost",
  title: "Redis loses all keys",
  alarm: "-redis-failover",
  practice: {
    message: "Another Redis node has become the primary.",
    observations: [
      "`describe-events`: at <since> a node was replaced.",
      "Dashboard: refreshes fail with 401, and logins succeed, more than usual since <since>.",
    ],
  },
  runbook: "redis",
  async run(drill) {
    const { region } = drill.localEnvironment;
    const user = drill.seed.clients[0]!;
    await region.createCache();
    await drill.keepWriting();
    await drill.causeDisaster("all keys are lost", () => region.redis.flush());
    await drill.detect(async () => {
      await poll(async () => (await user.refresh()) === 401 || undefined, { delayMs: 250 });
    });
    await drill.keepWriting();
    await drill.followRunbook("redis", { steps: [6] });
    await drill.verifyRecovery(async () => [
      checkWritesContinued(drill),
      {
        name: "a user without a session logs in, and keeps the new session",
        passed: (await user.logIn()) === 200 && (await user.refresh()) === 200,
        detail: "login and refresh",
      },
    ]);
  },
};

/** Redis is unreachable for some time, as during a failover. */
export const redisUnreachable: Scenario = {
  name: "redis-unreachable",
  title: "Redis is unreachable, and comes back",
  alarm: errorsPage.alarm,
  route: [{ name: "high-errors", steps: [] }],
  practice: {
    message: errorsPage.message,
    observations: [
      `Mailbox: a ticket of the alarm ${toNamePrefix("<environment>")}-auth-redis.`,
      "Releases: none today. Saved queries: errors since <since> have the `dependency` `redis`.",
      "`describe-events`: no event in the last hour.",
      "Dashboard: memory, CPU and connections of Redis are as usual. Logins and refreshes get 503 since <since>.",
    ],
  },
  runbook: "redis",
  async run(drill) {
    const { region } = drill.localEnvironment;
    await region.createCache();
    await drill.keepWriting();
    await drill.causeDisaster("Redis is unreachable", async () => region.redis.proxy.cut());
    await drill.detect();
    const status = await drill.seed.clients[0]!.createSecondClient().logIn();
    const { outageSeconds, signal } = drill.options;
    const outage = wait(outageSeconds * 1_000, undefined, { signal })
      .catch(() => {})
      .then(() => region.redis.proxy.restore());
    await drill.followRunbook("redis", { steps: [1] });
    await drill.measure("Redis stays unreachable", () => outage);
    await drill.verifyRecovery(async () => [
      checkWritesContinued(drill),
      { name: "logins during the outage returned 503", passed: status === 503, detail: `they returned ${status}` },
    ]);
  },
};

/** No write may fail for lack of Redis. */
function checkWritesContinued({ traffic, milestones }: Drill): Check {
  const during = traffic.confirmed.filter(({ at }) => at >= milestones.disasterAt!).length;
  return {
    name: "users with a session continued to record",
    passed: during > 0 && traffic.failed === 0,
    detail: `${during} writes confirmed since the disaster, ${traffic.failed} failed`,
  };
}
