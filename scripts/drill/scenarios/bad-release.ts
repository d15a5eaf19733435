import { failingVersion } from "../gateway.ts";
import type { Scenario } from "../run-scenario.ts";

/** A release answers every request with an error. */
export const badRelease: Scenario = {
  name: "bad-release",
  title: "A release answers 500 to every request",
  page: "roll-back-release",
  async run(drill) {
    const { gateway, region } = drill.localEnvironment;
    await drill.writeOn();
    await drill.disaster("the release is live", async () => {
      gateway.serve("2", failingVersion);
      await region.functions.release("bad");
    });
    await drill.notice();
    await drill.follow("roll-back-release");
    await drill.recover(async () => {
      const [api, auth] = [await region.functions.routing("api"), await region.functions.routing("auth")];
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
