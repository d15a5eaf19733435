import * as z from "zod";
import { namePrefix } from "../../service/company.ts";
import { hcpTerraformStackName } from "../../stacks/names.ts";
import { type Body, getJson, getPages, type JsonApi } from "../cli/json-api.ts";
import { toWorkspaceRef } from "../terraform/deployed-stacks.ts";
import { openHcpTerraform } from "../terraform/hcp-terraform-api.ts";
import { getObject, type Stack } from "../terraform/synthesis.ts";
import { type Check, type Context, type Outcome, toMissing, toRejection } from "./check.ts";

/** The organization, the workspaces of the stacks, and their state. */
export const hcpTerraformChecks: readonly Check[] = [
  {
    name: "HCP Terraform organization",
    wanted: "found by the token",
    async run(context, signal): Promise<Outcome> {
      const api = await connect(context);
      const organization = getOrganization(context);
      try {
        const found = await find(api, `/organizations/${organization}`, signal);
        if (found) return { state: "ok", found: organization };
      } catch (error) {
        return toRejection(error);
      }
      const action =
        `Create ${organization}, use a token of one of its members, or correct \`organization\` in ` +
        "stacks/workspace-stack.ts.";
      return { state: "wrong", found: `no organization ${organization}`, action };
    },
  },
  {
    name: "HCP Terraform edition",
    wanted: "one with teams",
    // https://developer.hashicorp.com/terraform/cloud-docs/api-docs/organizations#show-the-entitlement-set
    async run(context, signal): Promise<Outcome> {
      const api = await connect(context);
      const entitlements = await find(api, `/organizations/${getOrganization(context)}/entitlement-set`, signal);
      return entitlements?.attributes.teams
        ? { state: "ok", found: "teams" }
        : {
            state: "wrong",
            found: "no teams",
            action: "Choose Essentials or a higher edition: the workflows use tokens of teams. See docs/workflows.md.",
          };
    },
  },
  {
    name: "workspaces",
    wanted: "one for each stack",
    async run(context, signal): Promise<Outcome> {
      const found = await findWorkspaces(context, signal);
      const missing = found.filter(({ id }) => !id).map(({ stack }) => stack.name);
      if (missing.length === 0) return { state: "ok", found: `all ${found.length}` };
      const { name } = context.environment;
      return toMissing(context, {
        found: `no ${missing.join(", ")}`,
        action: `Run npm run ops -- deploy --environment ${name} hcp-terraform`,
      });
    },
  },
  {
    name: "workspace of HCP Terraform",
    wanted: "one with local execution",
    // Runs in HCP Terraform have no token of an owner.
    async run(context, signal): Promise<Outcome> {
      const path = `/organizations/${getOrganization(context)}/workspaces/${hcpTerraformStackName}`;
      const workspace = await find(await connect(context), path, signal);
      const mode = workspace?.attributes["execution-mode"];
      if (mode === "local") return { state: "ok", found: "local execution" };
      const action = "Create it with local execution, or change its settings: see docs/bootstrap.md.";
      return workspace
        ? { state: "wrong", found: `${mode} execution`, action }
        : toMissing(context, { found: `no ${hcpTerraformStackName}`, action });
    },
  },
  {
    name: "workspace variables",
    wanted: "an API key of Atlas, sensitive",
    async run(context, signal): Promise<Outcome> {
      const api = await connect(context);
      const workspaces = (await findWorkspaces(context, signal)).filter(({ stack }) => usesAtlas(stack));
      const faults = (await Promise.all(workspaces.map((each) => findVariableFaults(api, each, signal)))).flat();
      if (faults.length === 0) return { state: "ok", found: "both halves of the key" };
      const outcome = {
        found: faults.map(({ text }) => text).join(", "),
        action: "Set them in its variable set as sensitive environment variables: see docs/bootstrap.md.",
      };
      return faults.some(({ isExposed }) => isExposed) ? { ...outcome, state: "wrong" } : toMissing(context, outcome);
    },
  },
  {
    name: "tainted resources",
    wanted: "none",
    async run(context, signal) {
      const api = await connect(context);
      const workspaces = await findWorkspaces(context, signal);
      const outcomes = await Promise.all(workspaces.map((each) => checkState(api, each, signal)));
      return outcomes.flat();
    },
  },
];

interface Workspace {
  readonly stack: Stack;
  /** Undefined if there is no workspace of the stack's name. */
  readonly id: string | undefined;
}

const connect = ({ variables }: Context): Promise<JsonApi> => openHcpTerraform(variables);

const getOrganization = ({ stacks }: Context): string => toWorkspaceRef(stacks()[0]!).organization;

async function findWorkspaces(context: Context, signal: AbortSignal): Promise<Workspace[]> {
  const api = await connect(context);
  return Promise.all(
    context.stacks().map(async (stack) => {
      const { organization, name } = toWorkspaceRef(stack);
      const workspace = await find(api, `/organizations/${organization}/workspaces/${name}`, signal);
      return { stack, id: workspace?.id };
    }),
  );
}

const usesAtlas = ({ configuration }: Stack): boolean =>
  "mongodbatlas" in getObject(configuration, "terraform", "required_providers");

/** https://registry.terraform.io/providers/mongodb/mongodbatlas/1.41.1/docs#authentication */
const keyHalves = [/^MONGODB_ATLAS_PUBLIC_(API_)?KEY$/, /^MONGODB_ATLAS_PRIVATE_(API_)?KEY$/];

/** Variables of the workspace itself, and of the variable sets that apply to it. */
async function findVariableFaults(api: JsonApi, { stack, id }: Workspace, signal: AbortSignal) {
  const missing = (name: string) => ({ text: `no ${name} in ${stack.name}`, isExposed: false });
  const names = ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"];
  if (!id) return names.map(missing);
  const sets = await list(api, `/workspaces/${id}/varsets`, signal);
  const variables = await Promise.all([
    list(api, `/workspaces/${id}/vars`, signal),
    ...sets.map((set) => list(api, `/varsets/${set.id}/relationships/vars`, signal)),
  ]);
  return keyHalves.flatMap((pattern, half) => {
    const found = variables
      .flat()
      .find(({ attributes }) => attributes.category === "env" && pattern.test(attributes.key));
    if (!found) return [missing(names[half]!)];
    const { key, sensitive } = found.attributes;
    return sensitive ? [] : [{ text: `${key} of ${stack.name} is not sensitive`, isExposed: true }];
  });
}

/** https://developer.hashicorp.com/terraform/cloud-docs/api-docs#json-api-documents */
const item = z.looseObject({ id: z.string(), attributes: z.looseObject({}) });

/** Reads an object. @returns undefined if it does not exist, or the token has no access to it */
const find = async (api: JsonApi, path: string, signal: AbortSignal): Promise<Body | undefined> =>
  (await getJson(api, path, { signal, schema: z.object({ data: item }) }))?.data;

/** Reads all pages of a list: https://developer.hashicorp.com/terraform/cloud-docs/api-docs#pagination */
async function list(api: JsonApi, path: string, signal: AbortSignal): Promise<Body[]> {
  const toPath = (number: number) => `${path}?page%5Bnumber%5D=${number}&page%5Bsize%5D=100`;
  const findNext = ({ meta }: Body) => meta?.pagination?.["next-page"] && toPath(meta.pagination["next-page"]);
  const found: Body[] = [];
  const options = { signal, schema: z.object({ data: z.array(item) }) };
  for await (const { data } of getPages(api, toPath(1), findNext, options)) found.push(...data);
  return found;
}

/**
 * A resource whose creation failed is tainted. Terraform would replace it, which `prevent_destroy` refuses: no plan passes.
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions#get-current-state-version-for-a-workspace
 */
async function checkState(api: JsonApi, { stack, id }: Workspace, signal: AbortSignal): Promise<Outcome> {
  const [, subject = stack.name] = new RegExp(`^${namePrefix}-[a-z0-9]+-(.+)$`).exec(stack.name) ?? [];
  const version = id && (await find(api, `/workspaces/${id}/current-state-version`, signal));
  if (!version) return { subject, state: "ok", found: "no state" };
  const state = await getJson(api, version.attributes["hosted-state-download-url"], { signal });
  const addresses = findTainted(state);
  if (addresses.length === 0) return { subject, state: "ok", found: "none" };
  const untaint = addresses.map((address) => `terraform untaint '${address}'`).join(" && ");
  return {
    subject,
    state: "wrong",
    found: addresses.join(", "),
    action: `If the resource is complete: npm run synth && cd cdktf.out/stacks/${stack.name} && terraform init && ${untaint}`,
  };
}

function findTainted(state: Body): string[] {
  return (state?.resources ?? []).flatMap(({ module, mode, type, name, instances }: Body) =>
    instances
      .filter(({ status }: Body) => status === "tainted")
      .map(({ index_key: key }: Body) =>
        [
          module && `${module}.`,
          mode === "data" && "data.",
          `${type}.${name}`,
          key !== undefined && `[${JSON.stringify(key)}]`,
        ]
          .filter(Boolean)
          .join(""),
      ),
  );
}
