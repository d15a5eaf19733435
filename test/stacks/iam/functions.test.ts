import { expect } from "chai";
import { environments } from "../../../stacks/environments.ts";
import { resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { FunctionRequests, type NamedRequest, type Refusal } from "./function-requests.ts";
import { changePolicy, grant } from "./role-changes.ts";
import { allows } from "./simulation.ts";

const functionNames = ["auth", "api"];

/** Shows that a role may make a request, and that it may not once the statements with the action are gone. */
function proveAllowed(roleName: string, request: NamedRequest): void {
  it(`may ${request.name}`, async () => {
    expect(await allows(allStacks(), roleName, request)).to.equal(true);
    const stacks = allStacks();
    changePolicy(stacks, roleName, (statements) =>
      statements.filter(({ Effect, Action }) => Effect === "Deny" || !Action!.includes(request.action)),
    );
    expect(await allows(stacks, roleName, request), "without its statement").to.equal(false);
  });
}

/**
 * Shows that a role may not make a request, that it could if its policy granted it, and, where something else guards, that
 * each guard refuses it even so, by itself.
 */
function proveRefused(roleName: string, { guards = [], ...request }: Refusal): void {
  it(`may not ${request.name}${guards.length > 0 ? ", whatever its policy grants" : ""}`, async () => {
    expect(await allows(allStacks(), roleName, request)).to.equal(false);
    for (const guard of guards) {
      const stacks = allStacks();
      grant(stacks, roleName, request);
      for (const other of guards) if (other !== guard) other(stacks);
      expect(await allows(stacks, roleName, request), "with a grant").to.equal(false);
    }
    const stacks = allStacks();
    grant(stacks, roleName, request);
    for (const guard of guards) guard(stacks);
    expect(await allows(stacks, roleName, request), "with a grant and unguarded").to.equal(true);
  });
}

for (const environment of Object.values(environments)) {
  const requests = new FunctionRequests(allStacks(), environment);
  for (const functionName of functionNames) {
    const roleName = `ecobeat-${environment.name}-${functionName}`;

    describe(`IAM and the function ${roleName}`, () => {
      for (const request of requests.allowed(functionName)) proveAllowed(roleName, request);
      if (functionName === "auth") proveAllowed(roleName, requests.signing());
      else proveRefused(roleName, requests.signingByAnother());
      for (const refusal of requests.refused(functionName)) proveRefused(roleName, refusal);
    });
  }
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
