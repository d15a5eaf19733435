import type { Resource } from "./client.ts";
import type { DesiredProject } from "./desired-state.ts";
import type { Reconciliation } from "./reconciliation.ts";

/**
 * Gives a project the variable set with the deploy roles of its runs:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/variable-sets
 *
 * @param project id of the project; undefined if a dry run has not created it
 */
export async function reconcileVariables(
  { organization, name: projectName, variables }: DesiredProject,
  project: string | undefined,
  reconciliation: Reconciliation,
): Promise<void> {
  const { client } = reconciliation;
  const name = `${projectName}-deploy-roles`;
  const projects = { data: [{ type: "projects", id: project }] };
  const sets = await client.list(`/organizations/${organization}/varsets`);
  const set = sets.find(({ attributes }) => attributes.name === name);
  if (!set) {
    const text = `is created for ${projectName}, with ${Object.keys(variables).join(", ")}`;
    await reconciliation.change(name, text, () =>
      client.create(`/organizations/${organization}/varsets`, {
        type: "varsets",
        attributes: { name, global: false },
        relationships: {
          projects,
          vars: { data: Object.entries(variables).map(([key, value]) => toVariable(key, value)) },
        },
      }),
    );
    return;
  }
  if (set.attributes.global || !belongsOnlyTo(project, set)) {
    await reconciliation.change(name, `applies only to the project ${projectName}`, () =>
      client.update(`/varsets/${set.id}`, {
        type: "varsets",
        attributes: { name, global: false },
        relationships: { projects, workspaces: { data: [] } },
      }),
    );
  }
  const path = `/varsets/${set.id}/relationships/vars`;
  const present = await client.list(path);
  for (const [key, value] of Object.entries(variables)) {
    const desired = toVariable(key, value);
    const found = present.find(({ attributes }) => attributes.key === key);
    const isCurrent = Object.entries(desired.attributes).every(([name, value]) => found?.attributes[name] === value);
    if (isCurrent) continue;
    await reconciliation.change(name, `${key} becomes ${value}`, async () => {
      // A sensitive variable cannot become non-sensitive.
      if (found) await client.delete(`${path}/${found.id}`);
      await client.create(path, desired);
    });
  }
}

const toVariable = (key: string, value: string) => ({
  type: "vars",
  attributes: { key, value, category: "env", hcl: false, sensitive: false },
});

function belongsOnlyTo(project: string | undefined, { relationships }: Resource): boolean {
  const [projects, workspaces] = [relationships.projects, relationships.workspaces].map((related) =>
    [related?.data ?? []].flat(),
  );
  return projects?.length === 1 && projects[0]?.id === project && workspaces?.length === 0;
}
