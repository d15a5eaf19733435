import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import { ConstructError } from "../errors.ts";
import { apiActions } from "./api-actions.ts";
import { type DeployActionTable, type DeployTarget, type Grant, toFullActions } from "./deploy-actions.ts";
import { edgeActions } from "./edge-actions.ts";
import { functionActions } from "./function-actions.ts";
import { mailActions } from "./mail-actions.ts";
import { networkActions } from "./network-actions.ts";
import { observabilityActions } from "./observability-actions.ts";
import { roleActions } from "./role-actions.ts";
import { scheduleActions } from "./schedule-actions.ts";
import { storageActions } from "./storage-actions.ts";

/** A phase of a run of Terraform: `plan` reads, `apply` reads and writes. */
export type DeployPhase = "plan" | "apply";

/** The actions that the provider needs by resource type, in parts that each fit into one IAM policy. */
export const deployActions: Readonly<Record<string, DeployActionTable>> = {
  network: networkActions,
  storage: storageActions,
  api: apiActions,
  functions: { ...functionActions, ...roleActions },
  edge: edgeActions,
  observability: observabilityActions,
  schedule: { ...scheduleActions, ...mailActions },
};

/**
 * The statements of each part, for the resources of an environment's stacks. Parts without any are omitted.
 *
 * @param types the resource types of the stacks, such as `aws_kms_key`; those of other providers need no permission of AWS
 * @throws {ConstructError} if the table does not contain a type
 */
export function toDeployStatements(
  types: Iterable<string>,
  target: DeployTarget,
  phase: DeployPhase,
): Readonly<Record<string, PolicyStatement[]>> {
  const used = new Set([...types].filter((type) => type.startsWith("aws_")));
  for (const type of used) requireKnownType(type);
  return Object.fromEntries(
    Object.entries(deployActions)
      .map(([part, table]) => [part, toStatements(selectGrants(table, used, phase), target)] as const)
      .filter(([, statements]) => statements.length > 0),
  );
}

const selectGrants = (table: DeployActionTable, types: ReadonlySet<string>, phase: DeployPhase): Grant[] =>
  Object.entries(table)
    .filter(([type]) => types.has(type))
    .flatMap(([, { read, write }]) => (phase === "apply" ? [...read, ...write] : read));

/** One statement for each scope, with all its actions. */
export function toStatements(grants: readonly Grant[], target: DeployTarget): PolicyStatement[] {
  const byScope = new Map<string, { statement: PolicyStatement; actions: Set<string> }>();
  for (const grant of grants) {
    const [{ sid, resources, conditions }] = grant;
    const statement = {
      sid,
      actions: [],
      resources: resources(target),
      ...(conditions && { conditions: conditions(target) }),
    };
    const key = JSON.stringify(statement);
    const merged = byScope.get(key) ?? { statement, actions: new Set<string>() };
    for (const action of toFullActions(grant)) merged.actions.add(action);
    byScope.set(key, merged);
  }
  return [...byScope.values()].map(({ statement, actions }) => ({ ...statement, actions: [...actions].sort() }));
}

function requireKnownType(type: string): void {
  if (!Object.values(deployActions).some((table) => type in table)) {
    throw new ConstructError("deploy-actions-missing", {
      what: `The deploy roles have no permissions for the resource type ${type}.`,
      why: "HCP Terraform could neither read nor create such a resource.",
      action: "Add the type to a file in stacks/deploy-permissions.",
    });
  }
}
