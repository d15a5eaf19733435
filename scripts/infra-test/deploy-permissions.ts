import type { Grant } from "../../stacks/deploy-permissions/deploy-actions.ts";
import { type DeployPhase, deployActions } from "../../stacks/deploy-permissions/deploy-policies.ts";
import { administeredTypes } from "../../stacks/deploy-permissions/role-actions.ts";
import type { ApiCall } from "./api-calls.ts";
import { iamAction } from "./iam-actions.ts";

/** Says whether a run of a phase may make a call. */
export type CallCheck = (call: ApiCall, phase: DeployPhase) => boolean;

/**
 * Whether the table of the deploy roles has the action of a call for the type of resource that the call is about. Calls about
 * no resource are the provider's own, to learn who it is: nobody needs leave for them.
 */
export const deployRolesAllow: CallCheck = (call, phase) => {
  const { resourceType } = call;
  if (resourceType === undefined) return call.service === "STS";
  // An administrator makes them, and changes them.
  if (phase === "apply" && administeredTypes.includes(resourceType)) return true;
  const actions = Object.values(deployActions).flatMap((table) => {
    const { read, write } = table[resourceType] ?? { read: [], write: [] };
    return actionsOf(phase === "apply" ? [...read, ...write] : read);
  });
  return actions.includes(iamAction(call));
};

const actionsOf = (grants: readonly Grant[]): string[] => grants.flatMap(([, ...actions]) => actions);

/** What to tell of calls that a role does not allow: one line each. */
export const refusals = (calls: readonly ApiCall[], phase: DeployPhase): string[] =>
  calls.map(
    (call) =>
      `A run that would ${phase} made the call ${call.operation} of ${call.service} for ${call.resourceType ?? "no resource"}. ` +
      `The role of such runs does not allow ${iamAction(call)} there, so that it would fail in HCP Terraform. ` +
      `Add it to stacks/deploy-permissions.`,
  );
