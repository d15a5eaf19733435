import { ConstructError } from "../../errors.ts";

/** Conditions of a statement, by operator and key, such as `{ StringEquals: { "kms:CallerAccount": "111122223333" } }`. */
export type PolicyConditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of an IAM policy. */
export interface PolicyStatement {
  /** Names the statement. Letters and digits only. */
  readonly sid: string;
  /** @default "Allow" */
  readonly effect?: "Allow" | "Deny";
  /**
   * Principals of the statement, in trust and resource policies: `{ AWS: ... }` or `{ Service: ... }`.
   *
   * @default the principal that the policy is attached to
   */
  readonly principals?: Readonly<Record<string, string>>;
  /** Full names, such as `kms:Sign`. Only in a denial may a wildcard include actions that AWS adds later. */
  readonly actions: readonly string[];
  /**
   * ARNs. `*` alone is for actions that support no narrower resource: add the reason in a comment.
   *
   * @default none, as in a trust policy
   */
  readonly resources?: readonly string[];
  /** @default the statement applies always */
  readonly conditions?: PolicyConditions;
}

/** A statement that allows actions on resources, without conditions. */
export const allow = (sid: string, resources: readonly string[], ...actions: readonly string[]): PolicyStatement => ({
  sid,
  actions,
  resources,
});

/**
 * An IAM policy as JSON.
 *
 * @throws {ConstructError} if an allowed action contains a wildcard, which would also allow actions that AWS adds later
 */
export const policyDocument = (...statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map(toStatementJson) });

function toStatementJson(statement: PolicyStatement) {
  const { sid, effect = "Allow", principals, actions, resources, conditions } = statement;
  const wildcard = effect === "Allow" && actions.find((action) => action.includes("*"));
  if (wildcard) {
    throw new ConstructError("policy-action-wildcard", {
      what: `The statement "${sid}" allows the action "${wildcard}".`,
      why: "A wildcard also allows actions that AWS adds later.",
      action: "List the actions that are needed.",
    });
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
