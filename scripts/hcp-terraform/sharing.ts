import type { Changes } from "./changes.ts";
import type { HcpTerraformClient } from "./client.ts";
import type { WantedWorkspace } from "./wanted.ts";

/** Ids of the workspaces that are there, by name. */
export type WorkspaceIds = ReadonlyMap<string, string>;

/**
 * Lets exactly the workspaces that read a state read it:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#get-remote-state-consumers
 */
export async function settleConsumers(
  { name, consumers }: WantedWorkspace,
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
    client.change(
      path,
      consumers.map((consumer) => ({ type: "workspaces", id: ids.get(consumer) })),
    ),
  );
}

/**
 * Has a workspace planned after each apply of those it depends on, and of no other:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-triggers
 */
export async function settleTriggers(
  { name, sources }: WantedWorkspace,
  ids: WorkspaceIds,
  client: HcpTerraformClient,
  changes: Changes,
): Promise<void> {
  const id = ids.get(name);
  const path = `/workspaces/${id}/run-triggers`;
  const present = id ? await client.list(path, { "filter[run-trigger][type]": "inbound" }) : [];
  const sourceOf = new Map(present.map((trigger) => [trigger, trigger.attributes["sourceable-name"]]));
  for (const [trigger, source] of sourceOf) {
    if (sources.some((wanted) => wanted === source)) continue;
    await changes.make(name, `is no longer planned after ${source}`, () =>
      client.delete(`/run-triggers/${trigger.id}`),
    );
  }
  const planned = [...sourceOf.values()];
  for (const source of sources.filter((wanted) => !planned.includes(wanted))) {
    await changes.make(name, `is planned after each apply of ${source}`, () =>
      client.create(path, {
        relationships: { sourceable: { data: { type: "workspaces", id: ids.get(source) } } },
      }),
    );
  }
}
