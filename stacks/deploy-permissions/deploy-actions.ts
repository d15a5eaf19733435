import type { PolicyConditions } from "../constructs/identity/policy-document.ts";

/** What is known of the environment that is deployed to. */
export interface DeployTarget {
  /** Prefix of the environment's names, such as `ecobeat-staging`. */
  readonly name: string;
  /** Value of the tag `environment` of all that the stacks make. */
  readonly environment: string;
  readonly accountId: string;
  /** Public domain name of the API; names of records are this one or below it. */
  readonly apiDomain: string;
}

/** What actions are allowed on, as narrow as their service lets one say. */
export interface Scope {
  /** Names the statement: what it is about. Letters only. */
  readonly sid: string;
  readonly resources: (place: DeployTarget) => readonly string[];
  /** @default none */
  readonly conditions?: (place: DeployTarget) => PolicyConditions;
}

/** Actions, and what they are allowed on. */
export type Grant = readonly [on: Scope, ...actions: string[]];

/**
 * What Terraform's provider asks of AWS for resources of one type. Beside the calls it makes there are actions that AWS checks
 * along with them: tagging what is made, and passing the roles that are named.
 */
export interface DeployActions {
  /** To see what there is: what each plan does. */
  readonly read: readonly Grant[];
  /** To make and change it, and to delete it where no data is lost with it. What keeps data only an administrator deletes. */
  readonly write: readonly Grant[];
}

/** By the type of the resource in Terraform. */
export type DeployActionTable = Readonly<Record<string, DeployActions>>;

/** Actions for which AWS knows no narrower resource than all. */
export const allResources: Scope = { sid: "Anything", resources: () => ["*"] };

/** A scope of ARNs without conditions. */
export const scope = (sid: string, resources: Scope["resources"]): Scope => ({ sid, resources });

/** The same scope, only for what the environment's stacks have made: all of it carries their tag. */
export const taggedForEnvironment = (scope: Scope): Scope => ({
  ...scope,
  sid: `Own${scope.sid}`,
  conditions: ({ environment }) => ({ StringEquals: { "aws:ResourceTag/environment": environment } }),
});

/** The same scope, only for what is being made with the environment's tag. */
export const beingTagged = (scope: Scope): Scope => ({
  ...scope,
  sid: `New${scope.sid}`,
  conditions: ({ environment }) => ({ StringEquals: { "aws:RequestTag/environment": environment } }),
});
