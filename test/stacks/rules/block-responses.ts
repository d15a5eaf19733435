import type { Attributes } from "../../support/synthesize.ts";
import { problemTypeBase } from "./api.ts";
import type { Rule } from "./rule.ts";
import { publicWebAcls } from "./web-acl.ts";

/** Whether a block response has a status, a problem of the catalogue of that status, and headers by which any page reads it. */
function isReadable(acl: Attributes, block: Attributes | undefined, status: number): boolean {
  const answer = block?.custom_response;
  const header = (name: string) =>
    answer?.response_header.find((each: Attributes) => each.name === name)?.value;
  const body = acl.custom_response_body?.find(
    ({ key }: Attributes) => key === answer?.custom_response_body_key,
  );
  const problem = body && JSON.parse(body.content);
  return (
    answer?.response_code === status &&
    body?.content_type === "APPLICATION_JSON" &&
    String(problem.type).startsWith(problemTypeBase) &&
    problem.status === status &&
    [problem.title, problem.detail].every(Boolean) &&
    header("Access-Control-Allow-Origin") === "*" &&
    header("Cache-Control") === "no-store" &&
    (status !== 429 || Number(header("Retry-After")) > 0)
  );
}

/** The blocking actions of a rule, or of those rules of a group that get ours. */
function blocks({ action, statement }: Attributes): (Attributes | undefined)[] {
  const overrides: Attributes[] = statement.managed_rule_group_statement?.rule_action_override ?? [];
  const blocking = overrides.flatMap(({ action_to_use }) => action_to_use.block ?? []);
  return action ? [action.block] : blocking.length > 0 ? blocking : [undefined];
}

export const readableBlocks: Rule = {
  name: "what a web ACL that clients reach responds is a problem of the catalogue that a page of the app can read, 429 for a rate and 403 else",
  check: (stacks) =>
    publicWebAcls(stacks).flatMap(({ address, attributes }) =>
      attributes.rule
        .filter((rule: Attributes) => {
          const status = rule.statement.rate_based_statement ? 429 : 403;
          return !blocks(rule).every((block) => isReadable(attributes, block, status));
        })
        .map(({ name }: Attributes) => `${address}: ${name} blocks in AWS's words`),
    ),
};
