/** Conditions of a statement, by operator and key, such as `{ StringEquals: { "kms:CallerAccount": "111122223333" } }`. */
export type PolicyConditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of an IAM policy. */
export interface PolicyStatement {
  /** Names the statement. Letters and digits only. */
  readonly sid: string;
  /** @default "Allow" */
  readonly effect?: "Allow" | "Deny";
  /**
   * Who it is for, in policies that belong to a resource: `{ AWS: ... }` or `{ Service: ... }`.
   *
   * @default whoever the policy is attached to
   */
  readonly principals?: Readonly<Record<string, string>>;
  /** Full names, such as `kms:Sign`. Where they are refused, a wildcard may stand for what AWS adds tomorrow. */
  readonly actions: readonly string[];
  /**
   * ARNs. `*` alone is for actions that know no narrower resource: say why beside it.
   *
   * @default none, as in a policy about who may take a role
   */
  readonly resources?: readonly string[];
  /** @default the statement holds always */
  readonly conditions?: PolicyConditions;
}

/**
 * An IAM policy as JSON.
 *
 * @throws when an allowed action holds a wildcard: it would grant what AWS adds tomorrow
 */
export function policyDocument(...statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map(toStatementJson) });
}

function toStatementJson({
  sid,
  effect = "Allow",
  principals,
  actions,
  resources,
  conditions,
}: PolicyStatement) {
  for (const action of actions) {
    if (effect === "Allow" && action.includes("*")) {
      throw new Error(
        `Statement "${sid}" has the action "${action}". A wildcard also grants actions that AWS adds later. ` +
          `List the actions that are needed.`,
      );
    }
  }
  return {
    Sid: sid,
    Effect: effect,
    ...(principals && { Principal: principals }),
    Action: actions,
    ...(resources && { Resource: resources }),
    ...(conditions && { Condition: conditions }),
  };
}
