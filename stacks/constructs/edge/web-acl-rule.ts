import type { BlockResponse } from "./block-responses.ts";

/**
 * One rule of a web ACL. The bindings pass statements on unchanged, so they have Terraform's attribute names. A rule without a
 * block response is a rule group, whose rules have their own.
 */
export interface WebAclRule {
  readonly name: string;
  readonly statement: Readonly<Record<string, unknown>>;
  /** @default the actions of the group's rules */
  readonly blockResponse?: BlockResponse;
}
