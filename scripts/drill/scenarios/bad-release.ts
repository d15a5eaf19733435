import { errorsPage } from "../alarm-route.ts";
import { failingVersion } from "../gateway.ts";
import type { Scenario } from "../run-scenario.ts";

export const badRelease: Scenario = {
  name: "bad-release",
  title: "A release answers every request with 500",
  alarm: errorsPage.alarm,
  route: [{ name: "high-errors", steps: [] }],
  practice: {
    message: errorsPage.message,
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
