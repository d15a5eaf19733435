import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import { apiActions } from "./api-actions.ts";
import type { DeployActionTable, DeployTarget, Grant } from "./deploy-actions.ts";
import { edgeActions } from "./edge-actions.ts";
import { functionActions } from "./function-actions.ts";
import { networkActions } from "./network-actions.ts";
import { observabilityActions } from "./observability-actions.ts";
import { roleActions } from "./role-actions.ts";
import { scheduleActions } from "./schedule-actions.ts";
import { storageActions } from "./storage-actions.ts";

/** What Terraform does to an environment: `plan` reads, `apply` reads and writes. */
export type DeployPhase = "plan" | "apply";

/** What the provider asks of AWS by resource type, in parts that each fit into one policy of IAM's. */
export const deployActions: Readonly<Record<string, DeployActionTable>> = {
  network: networkActions,
  storage: storageActions,
  api: apiActions,
  functions: { ...functionActions, ...roleActions },
  edge: edgeActions,
  observation: observabilityActions,
  schedule: scheduleActions,
};

/**
 * The statements of each part that has any, for what an environment's stacks hold.
 *
 * @param types the resource types of the stacks, such as `aws_kms_key`; those of other providers need no permission of AWS
 * @throws when the table does not know a type
 */
export function toDeployStatements(
  types: Iterable<string>,
  place: DeployTarget,
  phase: DeployPhase,
): Readonly<Record<string, PolicyStatement[]>> {
  const wanted = new Set([...types].filter((type) => type.startsWith("aws_")));
  for (const type of wanted) requireKnownType(type);
  return Object.fromEntries(
    Object.entries(deployActions)
      .map(([part, table]) => [part, toStatements(selectGrants(table, wanted, phase), place)] as const)
      .filter(([, statements]) => statements.length > 0),
  );
}

const selectGrants = (table: DeployActionTable, types: ReadonlySet<string>, phase: DeployPhase): Grant[] =>
  Object.entries(table)
    .filter(([type]) => types.has(type))
    .flatMap(([, { read, write }]) => (phase === "apply" ? [...read, ...write] : read));

/** One statement for each scope, with all that is allowed there. */
function toStatements(grants: readonly Grant[], place: DeployTarget): PolicyStatement[] {
  const byScope = new Map<string, { statement: PolicyStatement; actions: Set<string> }>();
  for (const [{ sid, resources, conditions }, ...actions] of grants) {
    const statement = {
      sid,
      actions: [],
      resources: resources(place),
      ...(conditions && { conditions: conditions(place) }),
    };
    const key = JSON.stringify(statement);
    const merged = byScope.get(key) ?? { statement, actions: new Set<string>() };
    for (const action of actions) merged.actions.add(action);
    byScope.set(key, merged);
  }
  return [...byScope.values()].map(({ statement, actions }) => ({
    ...statement,
    actions: [...actions].sort(),
  }));
}

function requireKnownType(type: string): void {
  if (!Object.values(deployActions).some((table) => type in table)) {
    throw new Error(
      `The resource type ${type} is not in the table of what the deploy roles may do. Terraform could neither read nor ` +
        `make it in HCP Terraform. Add it to one of the files in stacks/deploy-permissions.`,
    );
  }
}
