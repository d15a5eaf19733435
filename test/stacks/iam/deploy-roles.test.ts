import { environments } from "../../../stacks/environments/index.ts";
import { allStacks } from "../rules/rule.ts";
import { deniedToDeploy } from "./deploy-denials.ts";
import { DeployNames } from "./deploy-names.ts";
import { applyRequests, planRequests } from "./deploy-requests.ts";
import { itAllows, itDenies } from "./request-tests.ts";

for (const environment of Object.values(environments)) {
  const names = new DeployNames(allStacks(), environment);

  describe(`IAM and runs that apply ${environment.name}`, () => {
    for (const request of [...planRequests(names), ...applyRequests(names)])
      itAllows(`ecobeat-${environment.name}-deploy-apply`, request);
    for (const refusal of deniedToDeploy(names))
      itDenies(`ecobeat-${environment.name}-deploy-apply`, refusal);
  });

  describe(`IAM and runs that plan ${environment.name}`, () => {
    for (const request of planRequests(names)) itAllows(`ecobeat-${environment.name}-deploy-plan`, request);
    for (const refusal of deniedToDeploy(names)) itDenies(`ecobeat-${environment.name}-deploy-plan`, refusal);
  });
}
