import { toNamePrefix } from "../../service/contract.ts";
import { type Environment, exportsSnapshots } from "../../stacks/environments.ts";
import { overrideEnvironment, previewGitHubEnvironments, toBucketName, toDeployRoleName } from "../../stacks/names.ts";
import { snapshotExports } from "../backup/contract.ts";
import { OperatorError } from "../cli/errors.ts";

/** The texts of workflows by the names of their files. */
export type Workflows = Readonly<Record<string, string>>;

/** The first line of each file that is generated as a whole. */
export const header = "# Generated from stacks/environments/ by `npm run generate:workflows`. Do not edit.\n";

/** Ends a generated line in a file that people write. */
const branchesMark = "# by `npm run generate:workflows`";

/** A branch of its own deploys and releases an environment to which no other is promoted. */
const hasBranch = (environment: Environment, all: readonly Environment[]): boolean =>
  all.every(({ promotedTo }) => promotedTo !== environment.name);

/**
 * The workflows of the environments: one that releases each of them, one that tests the backups of all, those of the previews in one
 * of them, and those that people write, with the branches that release.
 *
 * @param existing the files in `.github/workflows`. Dependabot raises the versions of actions there.
 * @throws {OperatorError} if no file has the version of an action
 */
export function generateWorkflows(environments: readonly Environment[], existing: Workflows): Workflows {
  const pins = readPins(existing);
  const written = Object.entries(existing).filter(([, text]) => !text.startsWith(header));
  const host = environments.find(({ previews }) => previews !== undefined);
  const branches = ["main", ...environments.filter((each) => hasBranch(each, environments)).map(({ name }) => name)];
  return {
    ...Object.fromEntries(written.map(([file, text]) => [file, withBranches(text, branches)])),
    ...Object.fromEntries(
      environments.map((environment) => {
        const sources = environments.filter(({ promotedTo }) => promotedTo === environment.name);
        const text = sources.length === 0 ? toRelease(environment, pins) : toPromotion(environment, sources, pins);
        return [`${environment.name}.yml`, header + text];
      }),
    ),
    "restore-test.yml": header + toRestoreTest(environments, pins),
    ...(host && {
      "preview.yml": header + toPreview(host, pins),
      "preview-clean.yml": header + toPreviewClean(host, pins),
    }),
  };
}

const withBranches = (text: string, branches: readonly string[]): string =>
  text
    .split("\n")
    .map((line) =>
      line.endsWith(branchesMark)
        ? line.replace(/branches: .*/, `branches: [${branches.join(", ")}] ${branchesMark}`)
        : line,
    )
    .join("\n");

/** Actions with their full commit and version. */
type Pins = (action: string) => string;

function readPins(existing: Workflows): Pins {
  const text = Object.values(existing).join("\n");
  return (action) => {
    const [, pin] = new RegExp(`uses: (${action}@[0-9a-f]{40} # v\\S+)`).exec(text) ?? [];
    if (pin !== undefined) return pin;
    throw new OperatorError("action-version-missing", {
      what: `No workflow was written: the version of ${action} is unknown.`,
      why: "It is that of the workflows in .github/workflows, and none of them uses this action.",
      action: "Restore them: git checkout .github/workflows",
    });
  };
}

/** @param history whether the commits before the one that runs are fetched, too. @default false */
const toSetUp = (pins: Pins, { terraform = false, history = false } = {}): string => `
      - uses: ${pins("actions/checkout")}
        with:${history ? "\n          fetch-depth: 0" : ""}
          persist-credentials: false
      - uses: ./.github/actions/set-up${terraform ? "\n        with:\n          terraform: true" : ""}`;

/** @param profile @default the usual credentials */
const toSignIn = (pins: Pins, environment: Environment, role: string, profile?: string): string => `
      - uses: ${pins("aws-actions/configure-aws-credentials")}
        with:
          role-to-assume: arn:aws:iam::${environment.accountId}:role/deploy/${toDeployRoleName(environment, role)}
          aws-region: ${environment.region}${profile === undefined ? "" : `\n          aws-profile: ${profile}`}`;

const toSmokeTestSecrets = (prefix = ""): string =>
  ["API_KEY", "EMAIL", "PASSWORD"]
    .map((name) => `\n          ${prefix}HEALTH_${name}: \${{ secrets.${prefix}HEALTH_${name} }}`)
    .join("");

const overrideInput = `
      override-alarms:
        description: This release is the fix for an alarm that is in ALARM
        type: boolean
        default: false`;

const permissions = `
    permissions:
      contents: read
      id-token: write`;

const toRelease = (environment: Environment, pins: Pins): string => `name: ${environment.name}
on:
  push:
    branches: [${environment.name}]
  workflow_dispatch:
    inputs:${overrideInput}
permissions: {}
concurrency:
  group: release-${environment.name}
jobs:
  release:
    if: \${{ !inputs.override-alarms }}
    runs-on: ubuntu-latest
    timeout-minutes: 90
    environment: ${environment.name}${permissions}
    steps:${toSetUp(pins, { terraform: true })}
      - run: npm run ops -- deploy --environment ${environment.name} --yes
        env:
          TF_TOKEN_app_terraform_io: \${{ secrets.TF_API_TOKEN }}
      # Not earlier: a session lasts one hour.${toSignIn(pins, environment, "release")}
      - run: npm run ops -- release --environment ${environment.name} --yes
        env:${toSmokeTestSecrets()}
  # After a push, whose job has deployed the stacks and was refused because of the alarm.
  release-overriding-alarms:
    if: \${{ inputs.override-alarms }}
    runs-on: ubuntu-latest
    # A session lasts one hour.
    timeout-minutes: 55
    environment: ${overrideEnvironment(environment.name)}${permissions}
    steps:${toSetUp(pins)}${toSignIn(pins, environment, "release-override")}
      - run: npm run ops -- release --environment ${environment.name} --yes --override-alarms
        env:${toSmokeTestSecrets()}
`;

/** @param sources the environments that are promoted to this one. Of several, the person who starts the workflow chooses. */
function toPromotion(target: Environment, sources: readonly Environment[], pins: Pins): string {
  const isChoice = sources.length > 1;
  const choice = `
      from:
        description: The environment whose release is promoted
        type: choice
        required: true
        options: [${sources.map(({ name }) => name).join(", ")}]`;
  const toJob = (source: Environment, override: boolean): string => `
  promote${isChoice ? `-${source.name}` : ""}${override ? "-overriding-alarms" : ""}:
    if: \${{ ${isChoice ? `inputs.from == '${source.name}' && ` : ""}${override ? "" : "!"}inputs.override-alarms }}
    runs-on: ubuntu-latest
    # A session lasts one hour.
    timeout-minutes: 55
    environment: ${override ? overrideEnvironment(target.name) : target.name}${permissions}
    steps:${toSetUp(pins, { history: true })}${toSignIn(pins, source, "release-reader", toNamePrefix(source.name))}${toSignIn(pins, target, override ? "release-override" : "release")}
      - run: npm run ops -- promote --from ${source.name} --yes${override ? " --override-alarms" : ""}
        env:${toSmokeTestSecrets()}${toSmokeTestSecrets(`${source.name.toUpperCase()}_`)}`;
  return `name: ${target.name}
on:
  workflow_dispatch:
    inputs:${isChoice ? choice : ""}${overrideInput}
permissions: {}
concurrency:
  group: release-${target.name}
jobs:${sources.flatMap((source) => [toJob(source, false), toJob(source, true)]).join("")}
`;
}

const terraformAndAtlas = `
          TF_TOKEN_app_terraform_io: \${{ secrets.TF_API_TOKEN }}
          MONGODB_ATLAS_PUBLIC_API_KEY: \${{ secrets.MONGODB_ATLAS_PUBLIC_API_KEY }}
          MONGODB_ATLAS_PRIVATE_API_KEY: \${{ secrets.MONGODB_ATLAS_PRIVATE_API_KEY }}`;

const [createEnvironment, cleanEnvironment] = previewGitHubEnvironments;

/** The code of the pull request runs with the credentials of the job: its environment has reviewers. */
const toPreview = (host: Environment, pins: Pins): string => `name: preview
on:
  pull_request:
    types: [labeled, opened, reopened, synchronize, closed]
permissions: {}
concurrency:
  group: preview-\${{ github.event.pull_request.number }}
  # A run may wait for its approval. Terraform ends in an orderly way, and the next run does what is left.
  cancel-in-progress: true
jobs:
  create:
    # Neither forks nor Dependabot get credentials. After a closed pull request, preview-clean follows.
    if: >-
      github.event.action != 'closed' && contains(github.event.pull_request.labels.*.name, 'preview') &&
      github.event.pull_request.head.repo.full_name == github.repository &&
      github.event.pull_request.user.login != 'dependabot[bot]'
    runs-on: ubuntu-latest
    # A session lasts one hour.
    timeout-minutes: 55
    environment: ${createEnvironment}${permissions}
    steps:${toSetUp(pins, { terraform: true })}${toSignIn(pins, host, "preview")}
      - run: npm run --silent ops -- preview create "$PR" >> "$GITHUB_STEP_SUMMARY"
        env:
          PR: \${{ github.event.pull_request.number }}${terraformAndAtlas}
`;

/** Runs the code of the main branch, also after a pull request was closed: no one approves it. */
const toPreviewClean = (host: Environment, pins: Pins): string => `name: preview-clean
on:
  schedule:
    - cron: "10 3 * * *"
  workflow_run:
    workflows: [preview]
    types: [completed]
  workflow_dispatch:
permissions: {}
concurrency:
  group: preview-clean
jobs:
  clean:
    runs-on: ubuntu-latest
    # A session lasts one hour.
    timeout-minutes: 55
    environment: ${cleanEnvironment}${permissions}
      pull-requests: read
    steps:${toSetUp(pins, { terraform: true })}${toSignIn(pins, host, "preview")}
      - run: npm run --silent ops -- preview clean --yes >> "$GITHUB_STEP_SUMMARY"
        env:
          GH_TOKEN: \${{ github.token }}${terraformAndAtlas}
`;

/** Percentage of the files of an export that one job reads. */
const exportSample = 20;

/** The job that reads an export of Atlas: it takes longer than a function may, and no function does it. */
function toExportTest(environment: Environment, pins: Pins): string {
  if (!exportsSnapshots(environment)) return "";
  const bucket = toBucketName(`${toNamePrefix(environment.name)}-${snapshotExports.name}`, environment);
  return `
  ${environment.name}-exports:
    runs-on: ubuntu-latest
    # A session lasts one hour.
    timeout-minutes: 55${permissions}
    steps:${toSetUp(pins)}${toSignIn(pins, environment, "restore-test")}
      - run: npm run --silent ops -- backup verify --from-export s3://${bucket}/${snapshotExports.prefix} --sample ${exportSample} >> "$GITHUB_STEP_SUMMARY"`;
}

const toRestoreTest = (environments: readonly Environment[], pins: Pins): string => `name: restore-test
on:
  schedule:
    - cron: "30 6 * * 1"
  workflow_dispatch:
permissions: {}
concurrency:
  group: restore-test
jobs:${environments
  .map(
    (environment) => `
  ${environment.name}:
    runs-on: ubuntu-latest
    timeout-minutes: 30${permissions}
    steps:${toSetUp(pins)}${toSignIn(pins, environment, "restore-test")}
      - run: npm run --silent ops -- backup verify --environment ${environment.name} >> "$GITHUB_STEP_SUMMARY"${toExportTest(environment, pins)}`,
  )
  .join("")}
`;
