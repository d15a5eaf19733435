import type { Changes } from "./changes.ts";
import type { HcpTerraformClient, Resource } from "./client.ts";
import type { WantedWorkspace } from "./wanted.ts";

/**
 * Makes a workspace, or puts its settings right. It stays where it has others:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
 *
 * @param project id of its project; undefined while a dry run has not made it
 * @returns its id; undefined while a dry run has not made it
 */
export async function settleWorkspace(
  wanted: WantedWorkspace,
  project: string | undefined,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<string | undefined> {
  const { organization, name } = wanted;
  const attributes = {
    "execution-mode": wanted.executionMode,
    "terraform-version": wanted.terraformVersion,
    "auto-apply": false,
    "global-remote-state": false,
  };
  const relationships = { project: { data: { type: "projects", id: project } } };
  const workspace = await client.find(`/organizations/${organization}/workspaces/${name}`);
  if (!workspace) {
    const made = await changes.make(name, `is made, with ${settingsOf(attributes)}`, () =>
      client.create(`/organizations/${organization}/workspaces`, {
        type: "workspaces",
        attributes: { name, ...attributes },
        relationships,
      }),
    );
    return made?.id;
  }
  const wrong = Object.entries(attributes).filter(([key, value]) => workspace.attributes[key] !== value);
  if (wrong.length > 0) {
    const before = wrong.map(([key]) => [key, workspace.attributes[key]]);
    const text = `${settingsOf(Object.fromEntries(before))} becomes ${settingsOf(Object.fromEntries(wrong))}`;
    await changes.make(name, text, () =>
      client.change(`/workspaces/${workspace.id}`, {
        type: "workspaces",
        attributes: Object.fromEntries(wrong),
      }),
    );
  }
  if (projectOf(workspace) !== project) {
    await changes.make(name, `moves to the project ${wanted.project}`, () =>
      client.change(`/workspaces/${workspace.id}`, { type: "workspaces", relationships }),
    );
  }
  return workspace.id;
}

const settingsOf = (attributes: Readonly<Record<string, unknown>>): string =>
  Object.entries(attributes)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(", ");

const projectOf = ({ relationships }: Resource): string | undefined => {
  const project = relationships.project?.data;
  return Array.isArray(project) ? undefined : project?.id;
};
