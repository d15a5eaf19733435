import type { Resource } from "./client.ts";
import type { DesiredWorkspace } from "./desired-state.ts";
import type { Reconciliation } from "./reconciliation.ts";

/**
 * Creates a workspace, or corrects its settings. Settings that are not listed here stay as they are:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
 *
 * @param project id of its project; undefined if a dry run has not created it
 * @returns its id; undefined if a dry run has not created it
 */
export async function reconcileWorkspace(
  desired: DesiredWorkspace,
  project: string | undefined,
  reconciliation: Reconciliation,
): Promise<string | undefined> {
  const { client } = reconciliation;
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
    const created = await reconciliation.change(name, `is created, with ${formatAttributes(attributes)}`, () =>
      client.create(`/organizations/${organization}/workspaces`, {
        type: "workspaces",
        attributes: { name, ...attributes },
        relationships,
      }),
    );
    return created?.id;
  }
  const differing = Object.entries(attributes).filter(([key, value]) => workspace.attributes[key] !== value);
  if (differing.length > 0) {
    const before = differing.map(([key]) => [key, workspace.attributes[key]]);
    const text = `${formatAttributes(Object.fromEntries(before))} becomes ${formatAttributes(Object.fromEntries(differing))}`;
    await reconciliation.change(name, text, () =>
      client.update(`/workspaces/${workspace.id}`, { type: "workspaces", attributes: Object.fromEntries(differing) }),
    );
  }
  if ([workspace.relationships.project?.data].flat()[0]?.id !== project) {
    await reconciliation.change(name, `moves to the project ${desired.project}`, () =>
      client.update(`/workspaces/${workspace.id}`, { type: "workspaces", relationships }),
    );
  }
  return workspace.id;
}

const formatAttributes = (attributes: Readonly<Record<string, unknown>>): string =>
  Object.entries(attributes)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(", ");

/** Ids of the existing workspaces, by name. */
export type WorkspaceIds = ReadonlyMap<string, string>;

/**
 * Shares a state with exactly the workspaces that read it:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#get-remote-state-consumers
 */
export async function reconcileConsumers(
  { name, consumers }: DesiredWorkspace,
  ids: WorkspaceIds,
  reconciliation: Reconciliation,
): Promise<void> {
  const { client } = reconciliation;
  const id = ids.get(name);
  const path = `/workspaces/${id}/relationships/remote-state-consumers`;
  const present = id ? await client.list(path) : [];
  const isCurrent =
    present.length === consumers.length &&
    consumers.every((consumer) => present.some((each) => each.id === ids.get(consumer)));
  if (isCurrent) return;
  const data = consumers.map((consumer) => ({ type: "workspaces", id: ids.get(consumer) }));
  await reconciliation.change(name, `shares its state only with ${consumers.join(", ") || "none"}`, () =>
    client.update(path, data),
  );
}

/**
 * Triggers a run of a workspace after each apply of its dependencies, and of no other workspace:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-triggers
 */
export async function reconcileTriggers(
  { name, sources }: DesiredWorkspace,
  ids: WorkspaceIds,
  reconciliation: Reconciliation,
): Promise<void> {
  const { client } = reconciliation;
  const id = ids.get(name);
  const path = `/workspaces/${id}/run-triggers`;
  const present = id ? await client.list(path, { "filter[run-trigger][type]": "inbound" }) : [];
  const toSource = ({ attributes }: Resource): unknown => attributes["sourceable-name"];
  for (const trigger of present.filter((each) => !sources.some((source) => source === toSource(each)))) {
    await reconciliation.change(name, `has no run trigger for ${toSource(trigger)}`, () =>
      client.delete(`/run-triggers/${trigger.id}`),
    );
  }
  for (const source of sources.filter((each) => !present.map(toSource).includes(each))) {
    await reconciliation.change(name, `has a run trigger for ${source}`, () =>
      client.create(path, { relationships: { sourceable: { data: { type: "workspaces", id: ids.get(source) } } } }),
    );
  }
}
