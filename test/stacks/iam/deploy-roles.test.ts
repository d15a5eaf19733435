import { environments } from "../../../stacks/environments/index.ts";
import { deniedToDeploy } from "./deploy-denials.ts";
import { applyRequests, planRequests } from "./deploy-requests.ts";
import { EnvironmentNames } from "./environment-names.ts";
import { itAllows, itDenies } from "./request-tests.ts";

for (const environment of Object.values(environments)) {
  const names = new EnvironmentNames(environment);

  for (const [phase, allowed] of [
    ["plan", planRequests(names)],
    ["apply", [...planRequests(names), ...applyRequests(names)]],
  ] as const) {
    describe(`IAM and runs that ${phase} ${environment.name}`, () => {
      itAllows(names.deployRoleName(phase), ...allowed);
      itDenies(names.deployRoleName(phase), ...deniedToDeploy(names));
    });
  }
}
