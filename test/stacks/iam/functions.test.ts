import { expect } from "chai";
import { environments } from "../../../stacks/environments.ts";
import { resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { dumping, refusedToDump, refusedToRestoreTest, restoreTesting } from "./dump-requests.ts";
import { FunctionRequests } from "./function-requests.ts";
import { deploying, refusedToDeploy, refusedToTry, trying } from "./release-requests.ts";
import { proveAllowed, proveRefused } from "./request-tests.ts";

const serving = ["auth", "api"];
const functionNames = [...serving, "dump", "restore-test", "migrate", "pre-traffic"];

for (const environment of Object.values(environments)) {
  const requests = new FunctionRequests(allStacks(), environment);
  for (const functionName of serving) {
    const roleName = `ecobeat-${environment.name}-${functionName}`;

    describe(`IAM and the function ${roleName}`, () => {
      for (const request of requests.allowed(functionName)) proveAllowed(roleName, request);
      if (functionName === "auth") proveAllowed(roleName, requests.signing());
      else proveRefused(roleName, requests.signingByAnother());
      for (const refusal of [...requests.refused(functionName), ...requests.refusedToServe()]) {
        proveRefused(roleName, refusal);
      }
    });
  }

  describe(`IAM and the function ecobeat-${environment.name}-dump`, () => {
    const roleName = `ecobeat-${environment.name}-dump`;
    for (const request of dumping(requests)) proveAllowed(roleName, request);
    for (const refusal of [...requests.refused("dump"), ...refusedToDump(requests)]) {
      proveRefused(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-restore-test`, () => {
    const roleName = `ecobeat-${environment.name}-restore-test`;
    for (const request of restoreTesting(requests)) proveAllowed(roleName, request);
    for (const refusal of [...requests.refused("restore-test"), ...refusedToRestoreTest(requests)]) {
      proveRefused(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-migrate`, () => {
    const roleName = `ecobeat-${environment.name}-migrate`;
    // To know where the database is, and of the backup bucket not even what the dump may.
    const [whereTheDatabaseIs] = dumping(requests);
    proveAllowed(roleName, whereTheDatabaseIs!);
    for (const refusal of [...requests.refused("migrate"), ...refusedToDump(requests)]) {
      proveRefused(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-pre-traffic`, () => {
    const roleName = `ecobeat-${environment.name}-pre-traffic`;
    for (const request of trying(requests)) proveAllowed(roleName, request);
    const fromVpc = /network interfaces/;
    for (const refusal of [...requests.refused("pre-traffic"), ...refusedToTry(requests)]) {
      if (!fromVpc.test(refusal.name)) proveRefused(roleName, refusal);
    }
  });

  describe(`IAM and CodeDeploy in ${environment.name}`, () => {
    const roleName = `ecobeat-${environment.name}-code-deploy`;
    for (const request of deploying(requests)) proveAllowed(roleName, request);
    for (const refusal of refusedToDeploy(requests)) proveRefused(roleName, refusal);
  });
}

describe("IAM and the functions", () => {
  it("are asked about above: no other role can be taken by Lambda", () => {
    const roles = resources(allStacks(), "aws_iam_role")
      .filter(({ attributes }) => attributes.assume_role_policy.includes('"lambda.amazonaws.com"'))
      .map(({ attributes }) => attributes.name);
    expect(roles).to.have.members(
      Object.keys(environments).flatMap((name) => functionNames.map((each) => `ecobeat-${name}-${each}`)),
    );
  });
});
