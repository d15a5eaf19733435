import { environments } from "../../../stacks/environments/index.ts";
import { allStacks } from "../rules/rule.ts";
import { DeployNames } from "./deploy-names.ts";
import { itAllows, itDenies } from "./request-tests.ts";
import {
  deniedToWorkflows,
  inspectionRequests,
  promotionRequests,
  releaseRequests,
  restoreTestRequests,
} from "./workflow-requests.ts";

for (const environment of Object.values(environments)) {
  const names = new DeployNames(allStacks(), environment);
  const { promotedTo } = environment;

  for (const [task, allowed, refused] of [
    [
      "release",
      [...inspectionRequests(names), ...releaseRequests(names)],
      [...promotionRequests(names), ...restoreTestRequests(names)],
    ],
    ["restore-test", restoreTestRequests(names), [...inspectionRequests(names), ...releaseRequests(names)]],
    ...(promotedTo
      ? ([
          [
            "release-reader",
            [...inspectionRequests(names), ...promotionRequests(names)],
            [...releaseRequests(names), ...restoreTestRequests(names)],
          ],
        ] as const)
      : []),
  ] as const) {
    const roleName = `ecobeat-${environment.name}-deploy-${task}`;

    describe(`IAM and ${roleName}`, () => {
      for (const request of allowed) itAllows(roleName, request);
      for (const refusal of [...refused, ...deniedToWorkflows(names)]) itDenies(roleName, refusal);
    });
  }
}
