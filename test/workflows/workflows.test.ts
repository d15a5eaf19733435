import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { environments } from "../../stacks/environments/index.ts";
import { checkAction } from "./actions.ts";
import { checkRoles } from "./roles.ts";
import { checkWorkflow, hasToken } from "./rules.ts";
import type { Workflow } from "./workflow.ts";

const folder = ".github/workflows";
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const textOf = (file: string) => readFileSync(`${folder}/${file}.yml`, "utf8");

/** The first environment on the way of a release, and the last one. */
const [first, last] = [Object.keys(environments)[0]!, Object.keys(environments).at(-1)!];

const setUp = "./.github/actions/set-up";
const actions = new Map(
  readdirSync(".github/actions").map((name) => {
    const path = `.github/actions/${name}`;
    return [`./${path}`, readFileSync(`${path}/action.yml`, "utf8")];
  }),
);

/** A workflow with a mistake in it. */
const mistaken = (file: string, from: string | RegExp, to: string): string => withMistake(textOf(file), from, to);

function withMistake(text: string, from: string | RegExp, to: string): string {
  const broken = text.replace(from, to);
  expect(broken).not.to.equal(text);
  return broken;
}

describe("workflows", () => {
  for (const file of readdirSync(folder)) {
    const text = textOf(file.replace(".yml", ""));
    it(`${file} keeps the rules`, async () => {
      expect(await checkWorkflow(text, scripts, actions)).to.deep.equal([]);
    });
    it(`${file} takes roles that the stacks make for it`, () => {
      expect(checkRoles(text, actions)).to.deep.equal([]);
    });
  }

  const fork = "github.event.pull_request.head.repo.full_name == github.repository &&";
  for (const [file, from, to, fault] of [
    ["checks", /@de0fac2\w+/, "@v6", "not pinned by a full commit"],
    ["checks", " # v6.0.2", "", "no version next to it"],
    ["checks", "permissions: {}", "permissions: write-all", "permissions are not {} by default"],
    ["checks", "    timeout-minutes: 45\n", "", "no timeout"],
    ["checks", /concurrency:\n.*\n.*\n/, "", "no concurrency group"],
    ["audit", /permissions:\n {6}contents: read\n/, "permissions: write-all\n", "no list of permissions"],
    ["checks", "  pull_request:\n", "  pull_request_target:\n", "pull_request_target is used"],
    ["checks", /redis:7-alpine@sha256:\w+/, "redis:7-alpine", "has no digest"],
    ["checks", "run: .ci/run --require", "run: npm run chekc", "there is no such script"],
    ["checks", "run: .ci/run --require", "run: curl example.org", "not a script of this repository"],
    ["checks", "run: .ci/run --require", "run: npm test ${{ github.head_ref }}", "an expression within a shell step"],
    ["checks", "run: .ci/run --require", "run: npm test; curl example.org", "more than one command"],
    ["checks", "run: .ci/run --require", "run: npm run ops -- rolback --yes", "ops has no command rolback"],
    ["checks", "run: .ci/run --require", "run: npm run ops -- git mirror --frm origin", "mirror has no option --frm"],
    ["checks", "run: .ci/run --require", "run: npm run ops drift --json", "npm would take the options"],
    [
      "checks",
      "run: .ci/run --require",
      "run: npm run ops -- drift --environment prod",
      "--environment cannot be prod",
    ],
    ["checks", "run: .ci/run --require", "run: .ci/run", "not a script of this repository"],
    ["checks", "pip install --no-deps", "pip install", "not a script of this repository"],
    ["checks", "ci/plan-review.ts", "ci/plan-reveiw.ts", "not a script of this repository"],
    ["checks", "--edit-last --create-if-none ", "", "not a script of this repository"],
    ["checks", "      pull-requests: write\n", "", "pull-requests: write is for the job that comments"],
    ["checks", "contents: read", "pull-requests: write", "pull-requests: write is for the job that comments"],
    ["checks", "GH_TOKEN:", "GITHUB_TOKENS:", "gh has no GH_TOKEN"],
    ["checks", setUp, "./.github/actions/setup", "there is no action"],
    ["checks", "          terraform: true", "          terrafrom: true", "has no input terrafrom"],
    ["checks", / {6}- uses: actions\/checkout.*\n(?: {8}.*\n)+/, "", "is used before the checkout"],
    ["checks", "  pull_request:\n", '  schedule:\n    - cron: "61 5 * * *"\n', "invalid CRON"],
    ["checks", "runs-on: ubuntu-latest", "runs-in: ubuntu-latest", "runs-in"],
    ["checks", "    environment: plan\n", "", "secrets without an environment"],
    ["checks", fork, "", "a pull request from a fork would fail"],
    ["checks", "contents: read", "id-token: write", "id-token is for jobs that take a role"],
    ["checks", "persist-credentials: false", "persist-credentials: true", "git keeps credentials"],
    ["mirror", "persist-credentials: true", "persist-credentials: false", "or none where something is"],
    ["restore-test", "id-token: write", "packages: read", "id-token is for jobs that take a role"],
    [first, "ops -- deploy", "ops -- deploy database", "not an approved deployment of all stacks"],
    [first, / --yes$/m, "", "not an approved deployment of all stacks"],
    [first, "npm run ops -- deploy", "npx cdktf deploy", "not a script of this repository"],
    [first, `group: release-${first}`, "group: ${{ github.sha }}", "two releases could run at the same time"],
    [first, `    branches: [${first}]\n`, "  pull_request:\n", "a pull request takes a role"],
    ["preview", "environment: preview\n", "environment: preview-clean\n", "a pull request takes a role"],
    ["preview", fork, "", "a pull request from a fork would fail"],
    [
      "preview-clean",
      "persist-credentials: false",
      "persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}",
      "runs what the other workflow ran",
    ],
    ["production", "on:\n", "on:\n  push:\n    branches: [staging]\n", "without a manual start"],
    [
      "production",
      "promote --from staging --yes\n",
      "promote --from staging --yes --override-alarms\n",
      "alarms are overridden without a review",
    ],
    ["production", " --override-alarms", "", "or reviewed and not overridden"],
    ["production", "fetch-depth: 0", "fetch-depth: 1", "a promotion without the history of its branch"],
    ["production", "environment: production-override", "environment: hotfix-override", "does not require reviewers"],
    ["production", "default: false", "default: true", "no input override-alarms that is false by default"],
    ["production", "    if: ${{ inputs.override-alarms }}\n", "", "runs with the other value of override-alarms"],
    [first, "!inputs.override-alarms", "inputs.override-alarms", "runs with the other value of override-alarms"],
    [first, / {4}inputs:\n(.*\n){4}/, "", "has no input override-alarms"],
    [first, `group: release-${first}`, "group: release-staging-override", "two releases could run at the same time"],
    ["drift", "secrets.TF_API_TOKEN", "secrets.AWS_SECRET_ACCESS_KEY", "a long-lived key of AWS"],
    ["drift", "  group: drift\n", "  group: drift\n  cancel-in-progress: true\n", "cancelled while it is in progress"],
  ] as const) {
    it(`${file}.yml is refused with ${JSON.stringify(String(to))} for ${String(from).trim()}`, async () => {
      expect((await checkWorkflow(mistaken(file, from, to), scripts, actions)).join("\n")).to.include(fault);
    });
  }

  const setUpStep = "      - uses: ./.github/actions/set-up\n        with:\n          terraform: true\n";
  for (const [step, fault] of [
    ["run: npm ci", "release: npm ci installs packages"],
    ["run: .ci/run --require", "release: .ci/run --require installs packages"],
    ["run: pip install --no-deps --requirement .ci/requirements.txt", ".ci/requirements.txt installs packages"],
    ["run: npm run install", "release: npm run install installs packages"],
    ["run: npm run --silent late", "release: npm run --silent late installs packages"],
    ["run: npm test", "release: npm test installs packages"],
    [`uses: actions/setup-python@${"0".repeat(40)} # v6`, "may install packages"],
  ] as const) {
    it(`are refused with a token of GitHub's OIDC and the step ${step}`, async () => {
      const installing = { ...scripts, install: "npx husky", late: "true", postlate: "npm ci", pretest: "npm install" };
      const broken = mistaken(first, setUpStep, `${setUpStep}      - ${step}\n`);
      expect((await checkWorkflow(broken, installing, actions)).join("\n")).to.include(fault);
      expect((await checkWorkflow(textOf(first), installing, actions)).join("\n")).to.equal("");
    });
  }

  it("are refused with a token of GitHub's OIDC if the action set-up runs scripts of packages", async () => {
    const broken = new Map([[setUp, withMistake(actions.get(setUp)!, " --ignore-scripts", "")]]);
    const texts = readdirSync(folder).map((file) => textOf(file.replace(".yml", "")));
    const faults = await Promise.all(texts.map((text) => checkWorkflow(text, scripts, broken)));
    const jobs = texts.flatMap((text) =>
      Object.entries((parse(text) as Workflow).jobs).flatMap(([name, job]) => (hasToken(job) ? [name] : [])),
    );
    expect(jobs).to.include.members(["promote", "release", ...Object.keys(environments)]);
    expect(faults.flat()).to.deep.equal(jobs.map((job) => `${job}: npm ci installs packages`));
  });

  it("comment on a pull request in one step, as gh edits the last comment of its author", () => {
    const texts = readdirSync(folder).map((file) => textOf(file.replace(".yml", "")));
    expect(texts.join("\n").match(/\bgh pr comment\b/g)).to.have.length(1);
  });

  it("are refused with a role for another environment's jobs", () => {
    const broken = mistaken(first, `environment: ${first}`, `environment: ${last}`);
    expect(checkRoles(broken, actions).join()).to.include(`:environment:${first}, and the job is`);
  });

  it("are refused with the role that overrides alarms in a job that no reviewer approves", () => {
    const broken = mistaken(first, "deploy-release-eu-west-1", "deploy-release-override-eu-west-1");
    expect(checkRoles(broken, actions).join()).to.include(`:environment:${first}-override, and the job is`);
  });

  for (const [what, from, to, fault] of [
    ["which no stack makes", /staging-deploy-[\w-]+/, "staging-deploy-all", "no stack has the role"],
    ["for another account", /111122223333/, "444455556666", "no stack has the role"],
    ["in another region", "aws-region: eu-west-1", "aws-region: us-east-1", "is of eu-west-1"],
    ["from another branch", "  schedule:\n", "  push:\n  schedule:\n", "the job is unknown"],
  ] as const) {
    it(`are refused with a role ${what}`, () => {
      expect(checkRoles(mistaken("restore-test", from, to), actions).join("\n")).to.include(fault);
    });
  }

  for (const [path, text] of actions) {
    it(`have an action ${path} that keeps the rules, and that Dependabot updates`, async () => {
      expect(await checkAction(text, scripts)).to.deep.equal([]);
      const { updates } = parse(readFileSync(".github/dependabot.yml", "utf8"));
      const { directories } = updates.find(
        (one: Record<string, unknown>) => one["package-ecosystem"] === "github-actions",
      );
      expect(directories).to.include(path.slice(1));
    });
  }

  for (const [from, to, fault] of [
    [/@6044e13\w+/, "@v6", "not pinned by a full commit"],
    [/uses: actions\S+.*/, `uses: ${setUp}`, "an action within an action"],
    ["using: composite", "using: node24", "not a composite action"],
    ["run: npm ci --ignore-scripts", "run: npm run chekc", "there is no such script"],
    ["      shell: bash\n", "", "no shell"],
    ["inputs.terraform ==", "inputs.terrafrom ==", 'property "terrafrom" is not defined'],
  ] as const) {
    it(`have an action that is refused with ${JSON.stringify(to)} for ${String(from).trim()}`, async () => {
      const broken = withMistake(actions.get(setUp)!, from, to);
      expect((await checkAction(broken, scripts)).join("\n")).to.include(fault);
    });
  }

  it("are refused for what an action of theirs does with secrets and roles", async () => {
    const step = "- uses: aws-actions/configure-aws-credentials@v6\n      with:\n        role-to-assume: one\n";
    const role = new Map([[setUp, withMistake(actions.get(setUp)!, "- run:", `${step}    - run:`)]]);
    expect(checkRoles(textOf("audit"), role)).to.deep.equal(["audit: no stack has the role one"]);
    expect(await checkWorkflow(textOf("audit"), scripts, role)).to.deep.equal([
      "audit: id-token is for jobs that take a role, and for no other",
    ]);
    const secret = new Map([[setUp, withMistake(actions.get(setUp)!, "24", "${{ secrets.VERSION }}")]]);
    expect(await checkWorkflow(textOf("audit"), scripts, secret)).to.deep.equal([
      "audit: secrets without an environment",
    ]);
  });
});
