import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { deniedToDump, deniedToRestoreTest, dumpRequests, restoreTestRequests } from "./dump-requests.ts";
import { FunctionRequests } from "./function-requests.ts";
import {
  codeDeployRequests,
  deniedToCodeDeploy,
  deniedToPreTraffic,
  preTrafficRequests,
} from "./release-requests.ts";
import { itAllows, itDenies } from "./request-tests.ts";

const serving = ["auth", "api"];
const functionNames = [...serving, "dump", "restore-test", "migrate", "pre-traffic"];

for (const environment of Object.values(environments)) {
  const requests = new FunctionRequests(allStacks(), environment);
  for (const functionName of serving) {
    const roleName = `ecobeat-${environment.name}-${functionName}`;

    describe(`IAM and the function ${roleName}`, () => {
      for (const request of requests.allowed(functionName)) itAllows(roleName, request);
      if (functionName === "auth") itAllows(roleName, requests.signing());
      else itDenies(roleName, requests.signingByNonSigner());
      for (const refusal of [...requests.denied(functionName), ...requests.deniedToServe()]) {
        itDenies(roleName, refusal);
      }
    });
  }

  describe(`IAM and the function ecobeat-${environment.name}-dump`, () => {
    const roleName = `ecobeat-${environment.name}-dump`;
    for (const request of dumpRequests(requests)) itAllows(roleName, request);
    for (const refusal of [...requests.denied("dump"), ...deniedToDump(requests)]) {
      itDenies(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-restore-test`, () => {
    const roleName = `ecobeat-${environment.name}-restore-test`;
    for (const request of restoreTestRequests(requests)) itAllows(roleName, request);
    for (const refusal of [...requests.denied("restore-test"), ...deniedToRestoreTest(requests)]) {
      itDenies(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-migrate`, () => {
    const roleName = `ecobeat-${environment.name}-migrate`;
    // To know where the database is, and of the backup bucket not even what the dump may.
    const [whereTheDatabaseIs] = dumpRequests(requests);
    itAllows(roleName, whereTheDatabaseIs!);
    for (const refusal of [...requests.denied("migrate"), ...deniedToDump(requests)]) {
      itDenies(roleName, refusal);
    }
  });

  describe(`IAM and the function ecobeat-${environment.name}-pre-traffic`, () => {
    const roleName = `ecobeat-${environment.name}-pre-traffic`;
    for (const request of preTrafficRequests(requests)) itAllows(roleName, request);
    const fromVpc = /network interfaces/;
    for (const refusal of [...requests.denied("pre-traffic"), ...deniedToPreTraffic(requests)]) {
      if (!fromVpc.test(refusal.name)) itDenies(roleName, refusal);
    }
  });

  describe(`IAM and CodeDeploy in ${environment.name}`, () => {
    const roleName = `ecobeat-${environment.name}-code-deploy`;
    for (const request of codeDeployRequests(requests)) itAllows(roleName, request);
    for (const refusal of deniedToCodeDeploy(requests)) itDenies(roleName, refusal);
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
