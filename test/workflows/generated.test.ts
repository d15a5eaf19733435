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

/** Names of no environment in `stacks/environments/`, on the way of a release. */
const one: Environment = { ...staging, name: "one", accountId: "777788889999", promotedTo: "two" };
const two: Environment = { ...staging, name: "two", promotedTo: "three" };
const three: Environment = { ...production, name: "three" };

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
    const { read } = generate(one, two, three);
    expect(read("one").on.push).to.deep.equal({ branches: ["one"] });
    expect(getCommands(read("one"))).to.include("npm run ops -- deploy --environment one --yes");
    expect(Object.keys(read("two").on)).to.deep.equal(["workflow_dispatch"]);
    expect(getCommands(read("two"))[0]).to.equal("npm run ops -- promote --from one --yes");
    expect(getCommands(read("three"))[0]).to.equal("npm run ops -- promote --from two --yes");
    for (const name of ["checks", "mirror"]) {
      expect(read(name).on.push, name).to.deep.equal({ branches: ["main", "one"] });
    }
    expect(Object.keys(read("restore-test").jobs)).to.deep.equal(["one", "two", "three"]);
  });

  it("create previews in the environment that has them", () => {
    const { read } = generate({ ...one, accountId: "111111111111" }, three);
    const [create, clean] = [read("preview").jobs.create!, read("preview-clean").jobs.clean!];
    for (const { steps } of [create, clean])
      expect(JSON.stringify(steps)).to.include(
        "arn:aws:iam::111111111111:role/deploy/ecobeat-one-deploy-preview-eu-west-1",
      );
    // `github.actor` is the user of the event: for a label, the one who adds it.
    expect(create.if).to.include("github.event.pull_request.user.login != 'dependabot[bot]'");
    expect([create.environment, clean.environment]).to.deep.equal(["preview", "preview-clean"]);
    const { texts: none } = generate(three);
    expect(Object.keys(none)).not.to.include.members(["preview.yml"]);
  });

  it("let the person choose where two environments are promoted to one", () => {
    const { read } = generate({ ...one, promotedTo: "three" }, two, three);
    const { on, jobs } = read("three");
    expect(on.workflow_dispatch).to.have.nested.property("inputs.from.options").deep.equal(["one", "two"]);
    expect(jobs["promote-one"]!.if).to.equal("${{ inputs.from == 'one' && !inputs.override-alarms }}");
    expect(JSON.stringify(jobs["promote-two-overriding-alarms"])).to.include("secrets.TWO_HEALTH_API_KEY");
  });

  for (const promotedTo of ["two", "three", undefined]) {
    it(`keep the rules with an environment that is promoted to ${promotedTo}`, async () => {
      const { promotedTo: _, ...alone } = one;
      const { texts } = generate(promotedTo === undefined ? alone : { ...one, promotedTo }, two, three);
      const faults = await Promise.all(Object.values(texts).map((text) => checkWorkflow(text, scripts, actions)));
      // The commands and the doctor of this checkout know none of these environments.
      expect(
        faults
          .flat()
          .filter((fault) => !/ cannot be (one|two|three)$| reviewers of (one|two|three)-override$/.test(fault)),
      ).to.deep.equal([]);
    });
  }

  it("of an environment that no longer exists are left out, and files that people write are not", () => {
    const { texts } = generate(production);
    expect(Object.keys(committed).filter((file) => !(file in texts))).to.deep.equal(
      Object.keys(environments)
        .flatMap((name) => (name === "production" ? [] : [`${name}.yml`]))
        .concat(["preview.yml", "preview-clean.yml"])
        .sort(),
    );
  });

  it("take the versions of actions from the files that Dependabot updates", async () => {
    const raise = (text: string) =>
      text.replaceAll("@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", `@${"1".repeat(40)} # v7.0.0`);
    const raised = Object.fromEntries(Object.entries(committed).map(([file, text]) => [file, raise(text)]));
    expect(generateWorkflows(Object.values(environments), raised)).to.deep.equal(raised);
    await expectCode("action-version-missing", () => generateWorkflows([staging], {}));
  });
});
