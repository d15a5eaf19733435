import { expect } from "chai";
import type { ServiceDependencies } from "../../service/dependencies.ts";
import { prepareFunction } from "../../service/preparation.ts";

describe("The preparation of a function", () => {
  for (const name of ["auth", "api"] as const) {
    it(`of ${name} tries everything, though each step fails, and forgets the failures`, async () => {
      const tried: string[] = [];
      const fail = async (step: string) => {
        tried.push(step);
        throw new Error("no connection");
      };
      const failing: object = new Proxy({}, { get: (_, step) => () => fail(String(step)) });
      const dependencies = new Proxy({} as ServiceDependencies, {
        get: (_, need) => (need === "checks" ? failing : () => fail(String(need))),
      });
      // Unhandled, one of them would end the process.
      await prepareFunction(name, dependencies, fail);
      expect(tried).to.include.members(["signingKeys", "redis", "database", "users"]);
      expect(tried.filter((step) => step.startsWith("/v1/"))).not.to.be.empty;
    });
  }
});
