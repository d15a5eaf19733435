import { environments } from "../../../stacks/environments.ts";
import { allStacks } from "../rules/rule.ts";
import { DeployNames } from "./deploy-names.ts";
import { proveAllowed, proveRefused } from "./request-tests.ts";
import { looking, promoting, refusedToWorkflows, releasing, verifying } from "./workflow-requests.ts";

for (const environment of Object.values(environments)) {
  const names = new DeployNames(allStacks(), environment);
  const { promotedTo } = environment;

  for (const [task, allowed, refused] of [
    ["release", [...looking(names), ...releasing(names)], [...promoting(names), ...verifying(names)]],
    ["restore-test", verifying(names), [...looking(names), ...releasing(names)]],
    ...(promotedTo
      ? ([
          [
            "release-reader",
            [...looking(names), ...promoting(names)],
            [...releasing(names), ...verifying(names)],
          ],
        ] as const)
      : []),
  ] as const) {
    const roleName = `ecobeat-${environment.name}-deploy-${task}`;

    describe(`IAM and ${roleName}`, () => {
      for (const request of allowed) proveAllowed(roleName, request);
      for (const refusal of [...refused, ...refusedToWorkflows(names)]) proveRefused(roleName, refusal);
    });
  }
}
