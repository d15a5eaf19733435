import { failingVersion } from "../gateway.ts";
import type { Scenario } from "../run-scenario.ts";

export const badRelease: Scenario = {
  name: "bad-release",
  title: "A release answers every request with 500",
  alarm: "-slo-errors-fast",
  route: [{ name: "high-errors", steps: [] }],
  practice: {
    message:
      "More than 1.44 % of all requests failed with 5xx or were throttled in the last hour, and in the last 5 minutes: 14.4 times as " +
      "many as the objective of 99.9 % allows.",
    observations: [
      "Dashboard: since <since> all requests fail with 500, to `api` and to `auth`.",
      "`rollback` says that the alarms of a function are unknown: the emulator has no CodeDeploy. It continues.",
    ],
  },
  runbook: "roll-back-release",
  async run(drill) {
    const { gateway, region } = drill.localEnvironment;
    await drill.keepWriting();
    await drill.causeDisaster("the release is live", async () => {
      gateway.addVersion("2", failingVersion);
      await region.functions.release("bad");
    });
    await drill.detect();
    await drill.followRunbook("roll-back-release");
    await drill.verifyRecovery(async () => {
      const [api, auth] = [await region.functions.getRouting("api"), await region.functions.getRouting("auth")];
      return [
        {
          name: "both functions run the previous version",
          passed: api.version === "1" && auth.version === "1",
          detail: `api ${api.version}, auth ${auth.version}`,
        },
      ];
    });
  },
};
