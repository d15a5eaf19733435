import { environments } from "../../../stacks/environments/index.ts";
import { EnvironmentNames } from "./environment-names.ts";
import { itAllows, itDenies } from "./request-tests.ts";
import { denied } from "./requests.ts";
import {
  alarmOverrideRequests,
  deniedToPreviews,
  deniedToWorkflows,
  inspectionRequests,
  previewRequests,
  promotionRequests,
  releaseRequests,
  restoreTestRequests,
} from "./workflow-requests.ts";

for (const environment of Object.values(environments)) {
  const names = new EnvironmentNames(environment);
  const inspection = inspectionRequests(names);
  const promotion = promotionRequests(names);
  const release = releaseRequests(names);
  const restoreTest = restoreTestRequests(names);
  const override = alarmOverrideRequests(names);
  const promotionOnly = promotion.filter(({ action }) => action === "lambda:GetFunction");
  const tasks = {
    release: [
      [...inspection, ...release],
      [...promotionOnly, ...restoreTest, ...override],
    ],
    "release-override": [
      [...inspection, ...release, ...override],
      [...promotionOnly, ...restoreTest],
    ],
    "restore-test": [restoreTest, [...inspection, ...release, ...override]],
    ...(environment.previews && {
      preview: [previewRequests(names), [...inspection, ...release, ...restoreTest, ...override]],
    }),
    ...(environment.promotedTo && {
      "release-reader": [
        [...inspection, ...promotion],
        [...release.filter(({ action }) => action !== "cloudwatch:DescribeAlarms"), ...restoreTest, ...override],
      ],
    }),
  } as const;

  for (const [task, [allowed, others]] of Object.entries(tasks)) {
    const roleName = names.deployRoleName(task);

    describe(`IAM and ${roleName}`, () => {
      itAllows(roleName, ...allowed!);
      itDenies(roleName, ...others!.map((each) => denied(each)), ...deniedToWorkflows(names));
      if (task === "preview") itDenies(roleName, ...deniedToPreviews(names));
    });
  }
}
