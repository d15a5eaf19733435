import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { generateWorkflows, header } from "../../scripts/workflows/workflows.ts";
import { environments } from "../../stacks/environments/index.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";
import { checkWorkflow } from "./rules.ts";
import type { Workflow } from "./workflow.ts";

const folder = ".github/workflows";
const committed = Object.fromEntries(
  readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]),
);
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const actions = new Map([["./.github/actions/set-up", readFileSync(".github/actions/set-up/action.yml", "utf8")]]);

const qa: Environment = { ...staging, name: "qa", accountId: "777788889999", promotedTo: "staging" };

const generate = (...all: Environment[]) => {
  const texts = generateWorkflows(all, committed);
  return { texts, read: (name: string): Workflow => parse(texts[`${name}.yml`]!) };
};

const getCommands = ({ jobs }: Workflow) =>
  Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => (run?.includes(" ops ") ? [run] : [])));

describe("generated workflows", () => {
  it("are those of the environments: otherwise run `npm run generate:workflows`", () => {
    expect(generateWorkflows(Object.values(environments), committed)).to.deep.equal(committed);
    for (const name of [...Object.keys(environments), "restore-test"]) {
      expect(committed[`${name}.yml`]!.startsWith(header), name).to.equal(true);
    }
  });

  it("release an environment by its own branch, unless another is promoted to it", () => {
    const { read } = generate(qa, staging, production);
    expect(read("qa").on.push).to.deep.equal({ branches: ["qa"] });
    expect(getCommands(read("qa"))).to.include("npm run ops -- deploy --environment qa --yes");
    expect(Object.keys(read("staging").on)).to.deep.equal(["workflow_dispatch"]);
    expect(getCommands(read("staging"))[0]).to.equal("npm run ops -- promote --from qa --yes");
    expect(getCommands(read("production"))[0]).to.equal("npm run ops -- promote --from staging --yes");
    for (const name of ["checks", "mirror"]) {
      expect(read(name).on.push, name).to.deep.equal({ branches: ["main", "qa"] });
    }
    expect(Object.keys(read("restore-test").jobs)).to.deep.equal(["qa", "staging", "production"]);
  });

  it("let the person choose where two environments are promoted to one", () => {
    const { read } = generate({ ...qa, promotedTo: "production" }, staging, production);
    const { on, jobs } = read("production");
    expect(on.workflow_dispatch).to.have.nested.property("inputs.from.options").deep.equal(["qa", "staging"]);
    expect(jobs["promote-qa"]!.if).to.equal("${{ inputs.from == 'qa' && !inputs.override-alarms }}");
    expect(JSON.stringify(jobs["promote-staging-overriding-alarms"])).to.include("secrets.STAGING_HEALTH_API_KEY");
  });

  for (const promotedTo of ["staging", "production", undefined]) {
    it(`keep the rules with an environment that is promoted to ${promotedTo}`, async () => {
      const { promotedTo: _, ...alone } = qa;
      const { texts } = generate(promotedTo === undefined ? alone : { ...qa, promotedTo }, staging, production);
      const faults = await Promise.all(Object.values(texts).map((text) => checkWorkflow(text, scripts, actions)));
      // The commands and the doctor of this checkout know no such environment.
      expect(faults.flat().filter((fault) => !/ cannot be qa$| reviewers of qa-override$/.test(fault))).to.deep.equal(
        [],
      );
    });
  }

  it("of an environment that no longer exists are left out, and files that people write are not", () => {
    const { texts } = generate(production);
    expect(Object.keys(committed).filter((file) => !(file in texts))).to.deep.equal(["staging.yml"]);
  });

  it("take the versions of actions from the files that Dependabot updates", async () => {
    const raise = (text: string) =>
      text.replaceAll("@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", `@${"1".repeat(40)} # v7.0.0`);
    const raised = Object.fromEntries(Object.entries(committed).map(([file, text]) => [file, raise(text)]));
    expect(generateWorkflows(Object.values(environments), raised)).to.deep.equal(raised);
    await expectCode("action-version-missing", () => generateWorkflows([staging], {}));
  });
});
