import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { ErrorTracking } from "../../../../stacks/constructs/observability/error-tracking.ts";
import { LogGroup } from "../../../../stacks/constructs/observability/log-group.ts";
import { Workspace } from "../../../scripts/plan-review/workspace.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

const ruleType = "aws_cloudwatch_contributor_insight_rule";

/** The Contributor Insights rules over the logs of functions, by their addresses. */
function getRules(...functions: readonly string[]): Record<string, Attributes> {
  const { resource } = synthesizeConstructs((stack) => {
    const logs = functions.map((name, index) => new LogGroup(stack, `log-${index}`, { name }));
    new ErrorTracking(stack, "errors", { logs });
  });
  const { [ruleType]: rules, aws_cloudwatch_log_group: groups } = resource;
  const resolve = (text: string) =>
    text.replace(/\$\{aws_cloudwatch_log_group\.([\w-]+)\.name\}/g, (_, id) => groups![id]!.name);
  return JSON.parse(resolve(JSON.stringify(rules)), (key, value) => (key === "//" ? undefined : value));
}

describe("error tracking over logs", () => {
  it("keeps its rule if the definition is the same", () => {
    expect(getRules("auth", "api")).to.deep.equal(getRules("auth", "api"));
  });

  it("has a rule of another address and another name if the definition differs", () => {
    const [rules, others] = [getRules("auth"), getRules("auth", "api")];
    expect(rules).to.not.have.any.keys(others);
    const [name, other] = [rules, others].map((each) => Object.values(each)[0]!.rule_name);
    expect(name)
      .to.match(/^ecobeat-\w+-errors-/)
      .and.not.equal(other);
  });

  it("has a changed definition in AWS after one apply", async function () {
    const log = `log-${randomUUID()}`;
    const workspace = await Workspace.create(this, { [ruleType]: getRules(log) });
    try {
      await workspace.init();
      await workspace.run("apply", "-auto-approve", "-input=false");
      workspace.configure({ [ruleType]: getRules(log, "another") });
      await workspace.run("apply", "-auto-approve", "-input=false");
      expect(await workspace.run("plan", "-input=false")).to.include("No changes");
    } finally {
      await workspace.run("destroy", "-auto-approve", "-input=false");
      workspace.remove();
    }
  });
});
