import type { BlockResponse } from "./block-responses.ts";

/**
 * One rule of a web ACL. Statements are passed on as they are by the bindings, so they bear Terraform's names. A rule
 * without a block response is a group of rules, each of which has its own.
 */
export interface WebAclRule {
  readonly name: string;
  readonly statement: Readonly<Record<string, unknown>>;
  /** @default what the rules of the group say */
  readonly blockResponse?: BlockResponse;
}
