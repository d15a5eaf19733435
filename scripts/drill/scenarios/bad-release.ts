import { failingVersion } from "../gateway.ts";
import type { Scenario } from "../run-scenario.ts";

/** A release answers every request with an error. */
export const badRelease: Scenario = {
  name: "bad-release",
  title: "A release answers 500 to every request",
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
      const [api, auth] = [
        await region.functions.getRouting("api"),
        await region.functions.getRouting("auth"),
      ];
      return [
        {
          name: "both functions run the version before",
          passed: api.version === "1" && auth.version === "1",
          detail: `api ${api.version}, auth ${auth.version}`,
        },
      ];
    });
  },
};
