import { expect } from "chai";
import type { DeniedRequest, NamedRequest } from "./requests.ts";
import { changePolicies, grant } from "./role-changes.ts";
import { isAllowed, simulatedStacks } from "./simulation.ts";

/** Tests that a role may make requests, and that it may not without the statements that contain their actions. */
export function itAllows(roleName: string, ...requests: readonly NamedRequest[]): void {
  for (const request of requests) {
    it(`may ${request.name}`, async () => {
      expect(await isAllowed(simulatedStacks(), roleName, request)).to.equal(true);
      const stacks = simulatedStacks();
      changePolicies(stacks, roleName, (statements) =>
        statements.filter(({ Effect, Action }) => Effect === "Deny" || !Action!.includes(request.action)),
      );
      expect(await isAllowed(stacks, roleName, request), "without its statement").to.equal(false);
    });
  }
}

/**
 * Tests that a role may not make requests, that it could if its policy allowed them and nothing guarded, and that each guard by
 * itself denies them even then.
 */
export function itDenies(roleName: string, ...requests: readonly DeniedRequest[]): void {
  for (const { guards, ...request } of requests) {
    it(`may not ${request.name}${guards.length > 0 ? ", even if its policy allows it" : ""}`, async () => {
      expect(await isAllowed(simulatedStacks(), roleName, request)).to.equal(false);
      const isAllowedWithout = (removed: typeof guards) => {
        const stacks = simulatedStacks();
        grant(stacks, roleName, request);
        for (const guard of removed) guard(stacks);
        return isAllowed(stacks, roleName, request);
      };
      for (const guard of guards) {
        const others = guards.filter((other) => other !== guard);
        expect(await isAllowedWithout(others), "with a grant").to.equal(false);
      }
      expect(await isAllowedWithout(guards), "with a grant and unguarded").to.equal(true);
    });
  }
}
