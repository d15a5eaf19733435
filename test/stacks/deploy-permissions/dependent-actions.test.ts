import { expect } from "chai";
import { toFullActions } from "../../../stacks/deploy-permissions/deploy-actions.ts";
import { deployActions } from "../../../stacks/deploy-permissions/deploy-policies.ts";
import { dependentActions } from "../iam/dependent-actions.ts";

const actionsByType = Object.values(deployActions)
  .flatMap((table) => Object.entries(table))
  .map(([type, { read, write }]) => ({ type, actions: [...read, ...write].flatMap(toFullActions) }));

describe("actions that depend on others", () => {
  for (const [action, dependent] of dependentActions) {
    const types = actionsByType.filter(({ actions }) => actions.includes(action));

    it(`${action} comes with ${dependent.join(", ")}`, () => {
      const missing = types.flatMap(({ type, actions }) =>
        dependent.filter((each) => !actions.includes(each)).map((each) => `${type}: ${each}`),
      );
      expect(types, "types with this action").to.not.be.empty;
      expect(missing).to.deep.equal([]);
    });
  }
});
