import type { Changes } from "./changes.ts";
import type { HcpTerraformClient, Resource } from "./client.ts";
import type { DesiredWorkspace } from "./desired-state.ts";

/**
 * Makes a workspace, or puts its settings right. It stays where it has others:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
 *
 * @param project id of its project; undefined while a dry run has not made it
 * @returns its id; undefined while a dry run has not made it
 */
export async function reconcileWorkspace(
  desired: DesiredWorkspace,
  project: string | undefined,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<string | undefined> {
  const { organization, name } = desired;
  const attributes = {
    "execution-mode": desired.executionMode,
    "terraform-version": desired.terraformVersion,
    "auto-apply": false,
    "global-remote-state": false,
  };
  const relationships = { project: { data: { type: "projects", id: project } } };
  const workspace = await client.find(`/organizations/${organization}/workspaces/${name}`);
  if (!workspace) {
    const made = await changes.make(name, `is made, with ${formatAttributes(attributes)}`, () =>
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
    const text = `${formatAttributes(Object.fromEntries(before))} becomes ${formatAttributes(Object.fromEntries(wrong))}`;
    await changes.make(name, text, () =>
      client.update(`/workspaces/${workspace.id}`, {
        type: "workspaces",
        attributes: Object.fromEntries(wrong),
      }),
    );
  }
  if (getProjectId(workspace) !== project) {
    await changes.make(name, `moves to the project ${desired.project}`, () =>
      client.update(`/workspaces/${workspace.id}`, { type: "workspaces", relationships }),
    );
  }
  return workspace.id;
}

const formatAttributes = (attributes: Readonly<Record<string, unknown>>): string =>
  Object.entries(attributes)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(", ");

const getProjectId = ({ relationships }: Resource): string | undefined => {
  const project = relationships.project?.data;
  return Array.isArray(project) ? undefined : project?.id;
};

/** Ids of the workspaces that are there, by name. */
export type WorkspaceIds = ReadonlyMap<string, string>;

/**
 * Lets exactly the workspaces that read a state read it:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#get-remote-state-consumers
 */
export async function reconcileConsumers(
  { name, consumers }: DesiredWorkspace,
  ids: WorkspaceIds,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<void> {
  const id = ids.get(name);
  const path = `/workspaces/${id}/relationships/remote-state-consumers`;
  const present = id ? await client.list(path) : [];
  const isRight =
    present.length === consumers.length &&
    consumers.every((consumer) => present.some((each) => each.id === ids.get(consumer)));
  if (isRight) return;
  await changes.make(name, `shares its state with ${consumers.join(", ") || "nobody"} alone`, () =>
    client.update(
      path,
      consumers.map((consumer) => ({ type: "workspaces", id: ids.get(consumer) })),
    ),
  );
}

/**
 * Has a workspace planned after each apply of those it depends on, and of no other:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-triggers
 */
export async function reconcileTriggers(
  { name, sources }: DesiredWorkspace,
  ids: WorkspaceIds,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<void> {
  const id = ids.get(name);
  const path = `/workspaces/${id}/run-triggers`;
  const present = id ? await client.list(path, { "filter[run-trigger][type]": "inbound" }) : [];
  const sourceOf = new Map(present.map((trigger) => [trigger, trigger.attributes["sourceable-name"]]));
  for (const [trigger, source] of sourceOf) {
    if (sources.some((desired) => desired === source)) continue;
    await changes.make(name, `is no longer planned after ${source}`, () =>
      client.delete(`/run-triggers/${trigger.id}`),
    );
  }
  const planned = [...sourceOf.values()];
  for (const source of sources.filter((desired) => !planned.includes(desired))) {
    await changes.make(name, `is planned after each apply of ${source}`, () =>
      client.create(path, {
        relationships: { sourceable: { data: { type: "workspaces", id: ids.get(source) } } },
      }),
    );
  }
}
