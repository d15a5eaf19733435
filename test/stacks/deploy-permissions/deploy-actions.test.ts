import { expect } from "chai";
import { deployActions } from "../../../stacks/deploy-permissions/deploy-policies.ts";

describe("actions that read a resource", () => {
  it("depend on no tag, which may not count yet for a new resource; EC2 creates resources with their tags", () => {
    const conditional = Object.values(deployActions)
      .flatMap((table) => Object.entries(table))
      .flatMap(([type, { read }]) =>
        read
          .filter(([{ service, conditions }]) => conditions && service !== "ec2")
          .map(([{ sid }]) => `${type}: ${sid}`),
      );
    expect(conditional).to.deep.equal([]);
  });
});
