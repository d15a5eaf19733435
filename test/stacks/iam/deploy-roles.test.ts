import { environments } from "../../../stacks/environments.ts";
import { allStacks } from "../rules/rule.ts";
import { refusedToDeploy } from "./deploy-denials.ts";
import { DeployNames } from "./deploy-names.ts";
import { neededToDeploy, neededToPlan } from "./deploy-requests.ts";
import { proveAllowed, proveRefused } from "./request-tests.ts";

for (const environment of Object.values(environments)) {
  const names = new DeployNames(allStacks(), environment);

  describe(`IAM and runs that apply ${environment.name}`, () => {
    for (const request of [...neededToPlan(names), ...neededToDeploy(names)])
      proveAllowed(`ecobeat-${environment.name}-deploy-apply`, request);
    for (const refusal of refusedToDeploy(names))
      proveRefused(`ecobeat-${environment.name}-deploy-apply`, refusal);
  });

  describe(`IAM and runs that plan ${environment.name}`, () => {
    for (const request of neededToPlan(names))
      proveAllowed(`ecobeat-${environment.name}-deploy-plan`, request);
    for (const refusal of refusedToDeploy(names))
      proveRefused(`ecobeat-${environment.name}-deploy-plan`, refusal);
  });
}
