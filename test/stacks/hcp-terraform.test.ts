import { App, Testing } from "cdktf";
import { expect } from "chai";
import { environments, getEnvironment } from "../../stacks/environments/index.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { FoundationStack } from "../../stacks/foundation.ts";
import { HcpTerraformStack } from "../../stacks/hcp-terraform.ts";
import type { Attributes, StackJson, Stacks } from "../support/synthesize.ts";
import { getArn, resolveReferences } from "./iam/resolve-references.ts";
import { type Break, changeFirst, changeWhere, resources } from "./rules/resources.ts";
import { type Rule, testRule, wholeApp } from "./rules/rule.ts";

const stackName = "ecobeat-hcp-terraform";

/** Resources of HCP Terraform of one type, with references to others replaced by their names. */
function list(stacks: Stacks, type: string): Attributes[] {
  const { resource } = stacks[stackName]!;
  const toName = (reference: string) =>
    reference.replace(/^\$\{(\w+)\.([\w-]+)\.id\}$/, (_, of: string, id: string) => resource[of]?.[id]?.name);
  const resolved = JSON.stringify(Object.values(resource[type] ?? {}), (_, value) =>
    typeof value === "string" ? toName(value) : value,
  );
  return JSON.parse(resolved);
}

/** Names of the stacks of environments, which have all others' workspaces. */
const listNames = (stacks: Stacks): string[] => Object.keys(stacks).filter((name) => name !== stackName);

const getProject = (workspace: string): string => workspace.split("-").slice(0, 2).join("-");

/** A rule whose check compares lists, in any order. */
const compare = (
  name: string,
  check: (stacks: Stacks) => readonly (readonly [actual: unknown[], expected: unknown[]])[],
): Rule => ({
  name,
  check: (stacks) =>
    check(stacks).flatMap((lists) => {
      const [actual, expected] = lists.map((each) => each.map((item) => JSON.stringify(item)).toSorted());
      return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [`${actual} is not ${expected}`];
    }),
});

const testAll = (rule: Rule, breaks: Readonly<Record<string, Break>>) => testRule(rule, breaks, wholeApp);
const own =
  (change: (stack: StackJson) => unknown): Break =>
  (stacks) =>
    change(stacks[stackName]!);
const removeFirst = (type: string): Break =>
  own(({ resource }) => delete resource[type]![Object.keys(resource[type]!)[0]!]);

describe("HCP Terraform", () => {
  testAll(
    compare(
      "each stack of the app has a workspace in the project of its environment, and no run applies by itself",
      (stacks) => [
        [
          list(stacks, "tfe_workspace").map(({ name, project_id, terraform_version, auto_apply, queue_all_runs }) => [
            name,
            project_id,
            terraform_version,
            auto_apply,
            queue_all_runs,
          ]),
          listNames(stacks).map((name) => [
            name,
            getProject(name),
            stacks[name]!.terraform.required_version,
            false,
            false,
          ]),
        ],
      ],
    ),
    {
      "a stack without a workspace": (stacks) => {
        stacks["ecobeat-staging-archive"] = stacks["ecobeat-staging-service"]!;
      },
      "a workspace without a stack": (stacks) => delete stacks["ecobeat-production-edge"],
      "another project": changeFirst("tfe_workspace", { project_id: "prj-1" }),
      "automatic applies": changeFirst("tfe_workspace", { auto_apply: true }),
      "another version of Terraform": changeFirst("tfe_workspace", { terraform_version: "1.9.0" }),
    },
  );

  testAll(
    compare("workspaces are remote, except those of a local foundation", (stacks) => [
      [
        list(stacks, "tfe_workspace_settings").map(({ workspace_id: id, execution_mode: mode }) => [id, mode]),
        listNames(stacks).map((name) => [
          name,
          name.endsWith("-foundation") && getEnvironment(name.split("-")[1]!).localFoundation ? "local" : "remote",
        ]),
      ],
    ]),
    {
      "another local workspace": changeWhere("tfe_workspace_settings", ({ id }) => id.includes("database"), {
        execution_mode: "local",
      }),
      "a workspace without settings": removeFirst("tfe_workspace_settings"),
    },
  );

  it("runs a foundation remotely once it is no longer local", () => {
    const modes = [true, false].map((localFoundation) => {
      const app = new App();
      new FoundationStack(app, { ...staging, localFoundation });
      const stack = JSON.parse(Testing.synth(new HcpTerraformStack(app)));
      return list({ [stackName]: stack }, "tfe_workspace_settings").map(({ execution_mode: mode }) => mode);
    });
    expect(modes).to.deep.equal([["local"], ["remote"]]);
  });

  testAll(
    compare("a state is shared with exactly the stacks that read it", (stacks) =>
      list(stacks, "tfe_workspace_settings").map((settings) => [
        [settings.global_remote_state, ...settings.remote_state_consumer_ids],
        [
          false,
          ...listNames(stacks).filter((name) =>
            Object.values(stacks[name]!.data?.terraform_remote_state ?? {}).some(
              ({ config }) => config.workspaces.name === settings.workspace_id,
            ),
          ),
        ],
      ]),
    ),
    {
      "a state that all workspaces can read": changeFirst("tfe_workspace_settings", { global_remote_state: true }),
      "a consumer that reads nothing": changeWhere("tfe_workspace_settings", ({ id }) => id.includes("database"), {
        remote_state_consumer_ids: ["ecobeat-production-edge"],
      }),
      "a missing consumer": changeWhere("tfe_workspace_settings", ({ id }) => id.includes("foundation"), {
        remote_state_consumer_ids: [],
      }),
    },
  );

  testAll(
    compare("remote runs know the deploy roles of their environment", (stacks) => {
      const roles = resources(resolveReferences(stacks), "aws_iam_role").map(getArn);
      return Object.keys(environments).map((name) => {
        const [set] = list(stacks, "tfe_project_variable_set")
          .filter(({ project_id: id }) => id === `ecobeat-${name}`)
          .map(({ variable_set_id: id }) => id);
        const find = (phase: string) => roles.find((arn) => arn.includes(`/ecobeat-${name}-deploy-${phase}-`));
        return [
          list(stacks, "tfe_variable")
            .filter(({ variable_set_id: id }) => id === set)
            .map(({ key, value, category }) => [key, value, category]),
          [
            ["TFC_AWS_PROVIDER_AUTH", "true", "env"],
            ["TFC_AWS_PLAN_ROLE_ARN", find("plan"), "env"],
            ["TFC_AWS_APPLY_ROLE_ARN", find("apply"), "env"],
          ],
        ];
      });
    }),
    {
      "a missing variable": removeFirst("tfe_variable"),
      "another role": changeWhere("tfe_variable", ({ attributes }) => /APPLY/.test(attributes.key), {
        value: "arn:aws:iam::111122223333:role/other",
      }),
      "a project without its variables": removeFirst("tfe_project_variable_set"),
    },
  );

  testAll(
    compare("each workspace that calls Atlas, and no other, has the variable set of the API key", (stacks) => [
      [
        list(stacks, "tfe_workspace_variable_set").map(({ workspace_id: id, variable_set_id: set }) => [id, set]),
        listNames(stacks)
          .filter((name) => "mongodbatlas" in stacks[name]!.provider)
          .map((name) => [name, `${getProject(name)}-atlas`]),
      ],
    ]),
    { "a workspace without the key": removeFirst("tfe_workspace_variable_set") },
  );

  testAll(
    compare(
      "the team `plans` administers all workspaces, the team of an environment applies only in its project, and the team of previews manages only theirs",
      (stacks) => [
        [
          [...list(stacks, "tfe_team_access"), ...list(stacks, "tfe_team_project_access")].map(
            ({ team_id: team, access, workspace_id: workspace, project_id: project, workspace_access: custom }) => [
              team,
              workspace ?? project,
              access,
              custom,
            ],
          ),
          [
            ...listNames(stacks).map((name) => ["plans", name, "admin", undefined]),
            ...Object.keys(environments).map((name) => [
              name,
              `ecobeat-${name}`,
              "custom",
              [{ runs: "apply", state_versions: "read" }],
            ]),
            ["previews", "ecobeat-staging-foundation", undefined, undefined],
            [
              "previews",
              "ecobeat-preview",
              "custom",
              [{ create: true, delete: true, locking: true, runs: "read", state_versions: "write" }],
            ],
          ],
        ],
      ],
    ),
    {
      "a team that administers a project": changeFirst("tfe_team_project_access", { access: "admin" }),
      "a workspace that `plans` cannot plan": removeFirst("tfe_team_access"),
      "a preview that may apply": changeWhere("tfe_team_project_access", ({ id }) => id.includes("previews"), {
        "workspace_access.0.runs": "apply",
      }),
    },
  );

  testAll(
    {
      name: "the team of previews reads the outputs of the foundation, and no state",
      check: (stacks) =>
        list(stacks, "tfe_team_access")
          .filter(({ team_id: team }) => team === "previews")
          .flatMap(({ permissions }) => {
            const [{ runs, state_versions: states, variables, workspace_locking: locks }] = permissions;
            return [runs, states, variables, locks].join() === "read,read-outputs,none,false" ? [] : [runs];
          }),
    },
    {
      "the whole state": changeWhere("tfe_team_access", ({ id }) => id.includes("previews"), {
        "permissions.0.state_versions": "read",
      }),
    },
  );

  testAll(
    {
      name: "its own state contains neither secrets nor tokens, and no run triggers another",
      check: (stacks) => [
        ...resources({ stack: stacks[stackName]! })
          .filter(({ type }) => /token|key|run_trigger|oauth/.test(type))
          .map(({ address }) => address),
        ...list(stacks, "tfe_variable")
          .filter(({ key, sensitive }) => sensitive || !key.startsWith("TFC_AWS_"))
          .map(({ key }) => key),
        ...stacks[stackName]!.provider.tfe!.flatMap((provider) => ("token" in provider ? ["provider"] : [])),
      ],
    },
    {
      "a team's token": own(({ resource }) => {
        resource.tfe_team_token = { token: {} };
      }),
      "an API key": changeFirst("tfe_variable", { key: "MONGODB_ATLAS_PRIVATE_API_KEY" }),
      "a sensitive variable": changeFirst("tfe_variable", { sensitive: true }),
      "a token of the provider": own(({ provider }) => {
        provider.tfe![0]!.token = "x";
      }),
      "a run trigger": own(({ resource }) => {
        resource.tfe_run_trigger = { trigger: {} };
      }),
    },
  );

  testAll(
    {
      name: "only owners of the organization see the teams and create their tokens",
      check: (stacks) =>
        resources(stacks, "tfe_team")
          .filter(({ attributes: { visibility, allow_member_token_management: allowed } }) => {
            return visibility !== "secret" || allowed !== false;
          })
          .map(({ address }) => address),
    },
    {
      "a team that everyone sees": changeFirst("tfe_team", { visibility: "organization" }),
      "a team whose members create tokens": changeFirst("tfe_team", { allow_member_token_management: undefined }),
    },
  );

  testAll(
    {
      name: "no plan deletes a project or a workspace, whose states would be lost",
      check: (stacks) =>
        resources(stacks, "tfe_project", "tfe_workspace")
          .filter(({ attributes }) => !attributes.lifecycle?.prevent_destroy)
          .map(({ address }) => address),
    },
    { "a workspace that a plan may delete": changeFirst("tfe_workspace", { lifecycle: undefined }) },
  );

  it("keeps its state in a workspace of its own, and calls no provider but its own", () => {
    const { terraform, provider } = wholeApp()[stackName]!;
    expect(terraform.cloud).to.deep.equal({ organization: "ecobeat", workspaces: { name: stackName } });
    expect(terraform).to.include({ required_version: "~> 1.11" });
    expect(provider).to.deep.equal({ tfe: [{ organization: "ecobeat" }] });
  });
});
