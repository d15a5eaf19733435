import { environments } from "../../../stacks/environments/index.ts";
import { allStacks } from "../rules/rule.ts";
import { EnvironmentNames } from "./environment-names.ts";
import { itAllows, itDenies } from "./request-tests.ts";
import { denied } from "./requests.ts";
import {
  deniedToWorkflows,
  inspectionRequests,
  promotionRequests,
  releaseRequests,
  restoreTestRequests,
} from "./workflow-requests.ts";

for (const environment of Object.values(environments)) {
  const names = new EnvironmentNames(allStacks(), environment);
  const inspection = inspectionRequests(names);
  const promotion = promotionRequests(names);
  const release = releaseRequests(names);
  const restoreTest = restoreTestRequests(names);
  const tasks = {
    release: [
      [...inspection, ...release],
      [...promotion, ...restoreTest],
    ],
    "restore-test": [restoreTest, [...inspection, ...release]],
    ...(environment.promotedTo && {
      "release-reader": [
        [...inspection, ...promotion],
        [...release, ...restoreTest],
      ],
    }),
  } as const;

  for (const [task, [allowed, others]] of Object.entries(tasks)) {
    const roleName = names.deployRoleName(task);

    describe(`IAM and ${roleName}`, () => {
      itAllows(roleName, ...allowed!);
      itDenies(roleName, ...others!.map((each) => denied(each)), ...deniedToWorkflows(names));
    });
  }
}
