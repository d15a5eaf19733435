import { expect } from "chai";
import { ops } from "../run-ops.ts";

describe("ops cost", () => {
  it("prints the estimate of one environment, from the stacks as they are", async () => {
    const { code, output } = await ops(["cost", "--environment", "staging"]);
    expect(code, output).to.equal(0);
    expect(output).to.contain("staging, US dollars a month").and.contain("total").and.contain("Assumptions");
    expect(output).to.not.contain("production, US dollars");
  });

  it("prints each resource of all environments as JSON", async () => {
    const { code, output } = await ops(["cost", "--json"]);
    expect(code, output).to.equal(0);
    const { estimates, requestsPerSecond, priceDate, warnings } = JSON.parse(output);
    expect(warnings).to.be.an("array");
    expect(estimates.map(({ name }: { name: string }) => name)).to.deep.equal(["staging", "production"]);
    expect(requestsPerSecond).to.deep.equal([0, 1, 10, 100]);
    expect(priceDate).to.match(/^\d{4}-\d\d-\d\d$/);
    const keys = ["stack", "type", "id", "usd", "prices", "assumptions", "approximate"];
    expect(estimates[0].resources[0]).to.have.all.keys(keys);
  });
});
