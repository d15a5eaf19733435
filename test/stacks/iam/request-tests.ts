import { expect } from "chai";
import { allStacks } from "../rules/rule.ts";
import type { DeniedRequest, NamedRequest } from "./function-requests.ts";
import { changePolicies, grant } from "./role-changes.ts";
import { isAllowed } from "./simulation.ts";

/** Shows that a role may make a request, and that it may not once the statements with the action are gone. */
export function itAllows(roleName: string, request: NamedRequest): void {
  it(`may ${request.name}`, async () => {
    expect(await isAllowed(allStacks(), roleName, request)).to.equal(true);
    const stacks = allStacks();
    changePolicies(stacks, roleName, (statements) =>
      statements.filter(({ Effect, Action }) => Effect === "Deny" || !Action!.includes(request.action)),
    );
    expect(await isAllowed(stacks, roleName, request), "without its statement").to.equal(false);
  });
}

/**
 * Shows that a role may not make a request, that it could if its policy granted it, and, where something else guards, that
 * each guard refuses it even so, by itself.
 */
export function itDenies(roleName: string, { guards = [], ...request }: DeniedRequest): void {
  it(`may not ${request.name}${guards.length > 0 ? ", whatever its policy grants" : ""}`, async () => {
    expect(await isAllowed(allStacks(), roleName, request)).to.equal(false);
    for (const guard of guards) {
      const stacks = allStacks();
      grant(stacks, roleName, request);
      for (const other of guards) if (other !== guard) other(stacks);
      expect(await isAllowed(stacks, roleName, request), "with a grant").to.equal(false);
    }
    const stacks = allStacks();
    grant(stacks, roleName, request);
    for (const guard of guards) guard(stacks);
    expect(await isAllowed(stacks, roleName, request), "with a grant and unguarded").to.equal(true);
  });
}
