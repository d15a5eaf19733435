import { expect } from "chai";
import { environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";
import { paths, triedOnStaging, withValue } from "./table-values.ts";

const { staging, production } = environments;

/** For each value that production alone has: another value, and all that changes with it. */
const changes: Readonly<Record<string, { readonly to: unknown; readonly changes: readonly string[] }>> = {
  "cdn.priceClass": { to: "PriceClass_All", changes: ["~ aws_cloudfront_distribution: distribution"] },
  "functions.provisionedConcurrency.minimum": {
    to: 3,
    changes: [
      "~ aws_appautoscaling_target: auth-ready_target",
      "~ aws_lambda_provisioned_concurrency_config: auth-ready",
    ],
  },
  "functions.provisionedConcurrency.maximum": {
    to: 30,
    changes: ["~ aws_appautoscaling_target: auth-ready_target"],
  },
  "functions.provisionedConcurrency.utilizationPercent": {
    to: 50,
    changes: ["~ aws_appautoscaling_policy: auth-ready_policy"],
  },
};

describe("a change of one value that production alone has", () => {
  const before = synthesize([production]);

  for (const [path, { to, changes: expected }] of Object.entries(changes)) {
    it(`${path} changes ${expected.join("; ")}`, () => {
      expect(changedResources(before, synthesize([withValue(production, path, to)]))).to.deep.equal(expected);
    });
  }

  it("is told above for each of them, but those of the replica set", () => {
    const { database: _, ...others } = production;
    const told = [...paths(staging), ...triedOnStaging];
    expect(Object.keys(changes)).to.have.members(paths(others).filter((path) => !told.includes(path)));
  });
});
