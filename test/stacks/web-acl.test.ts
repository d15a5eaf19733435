import { expect } from "chai";
import { managedGroups } from "../../stacks/constructs/edge/web-acl-rules.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { applyChange, type Change, changeFirst, inTemplates, replaceInAll } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import { guardedApi, knownAttacks, limitedAddresses, loggedWebAcls, readableBlocks } from "./rules/web-acl.ts";

const service = "ecobeat-production-service";

/** Changes the web ACL of production's API, which is behind a CDN. */
const originAcl = (change: Change) => (stacks: Stacks) =>
  applyChange(Object.values(stacks[service]!.resource.aws_wafv2_web_acl!)[0]!, change);

/** Changes the first web ACL that clients reach. */
const acl = (change: Change) => changeFirst("aws_wafv2_web_acl", change);

/** Changes one of its rules. */
const rule = (index: number, change: Change) => acl(({ rule }) => applyChange(rule.at(index), change));

/** Changes its statement on password guesses. */
const guesses = (values: Attributes) =>
  rule(1, ({ statement }) =>
    Object.assign(statement.rate_based_statement.scope_down_statement.regex_match_statement, values),
  );

/** Changes the overrides of its last managed rule group. */
const overrides = (change: (overrides: Attributes[]) => unknown) =>
  rule(-1, ({ statement }) => change(statement.managed_rule_group_statement.rule_action_override));

/** Changes one of its size statements. */
const size = (index: number, values: Attributes) =>
  rule(2, ({ statement }) => {
    const [each] = Object.values<Attributes>(statement.or_statement.statement[index]);
    Object.assign(each!, values);
  });

const logging = (change: Change) => changeFirst("aws_wafv2_web_acl_logging_configuration", change);

describe("the web ACLs of the stacks", () => {
  testRule(guardedApi, {
    "a stage without a web ACL": changeFirst("aws_wafv2_web_acl_association", { resource_arn: "another" }),
    "a distribution without a web ACL": changeFirst("aws_cloudfront_distribution", { web_acl_id: undefined }),
    "requests that bypass the CDN": originAcl((changed) => {
      changed.rule.shift();
      changed.rule.push({ statement: {} });
    }),
    "a rule that accepts any value": inTemplates("EXACTLY", "CONTAINS"),
    "origin verify in count mode": originAcl({ "rule.0.override_action": { count: {} } }),
    "origin verify without a CDN": (stacks) => {
      stacks["ecobeat-staging-service"] = structuredClone(stacks[service]!);
      stacks["ecobeat-staging-service"].provider.aws![0]!.default_tags[0].tags.environment = "staging";
    },
  });

  testRule(limitedAddresses, {
    "a rate limit in count mode": rule(0, { action: { count: {} } }),
    "logins at the rate of reads": acl(({ rule: [overall, auth] }) => {
      auth.statement.rate_based_statement.limit = overall.statement.rate_based_statement.limit;
    }),
    "a limit for logins and registrations below those of the service": acl(({ rule: [, auth] }) => {
      auth.statement.rate_based_statement.limit = 199;
    }),
    "a limit on other paths than those of login": guesses({ regex_string: "^/auth/" }),
    "a limit on token refreshes": guesses({ regex_string: "^/v[0-9]+/auth/" }),
    "a limit on one version of the API": guesses({ regex_string: "^/v1/auth/(login|register|password)(/|$)" }),
    "another spelling of the path": guesses({ text_transformation: [] }),
    "a limit without the pages of links": guesses({
      regex_string: "^(/v[0-9]+/auth/login|/v[0-9]+/auth/register|/v[0-9]+/auth/password)(/|$)",
    }),
    "a limit by query": guesses({ field_to_match: { query_string: {} } }),
  });

  testRule(knownAttacks, {
    "a missing group": acl(({ rule }) => rule.pop()),
    "a group in count mode": rule(-1, { override_action: { count: {} } }),
    "a rule on paths in count mode": overrides(([first]) => Object.assign(first!, { name: "GenericLFI_URIPATH" })),
    "a rule that allows": overrides((all) => Object.assign(all.at(-1)!, { action_to_use: { allow: {} } })),
    "sizes in count mode": rule(2, { action: { count: {} } }),
    "long paths": size(0, { size: 65_536 }),
    "long queries": size(1, { field_to_match: { uri_path: {} } }),
    "headers beyond those that AWS WAF inspects": size(2, {
      field_to_match: { headers: { match_scope: "ALL", match_pattern: { all: {} }, oversize_handling: "CONTINUE" } },
    }),
    "a limit that blocks short headers": size(2, { comparison_operator: "LT" }),
    "large bodies": size(3, { regex_string: "^[0-9]{9,}$" }),
    "sizes after a transformation": size(0, { text_transformation: [{ priority: 0, type: "COMPRESS_WHITE_SPACE" }] }),
  });

  testRule(readableBlocks, {
    "a rate limit without CORS": rule(0, ({ action }) => action.block.custom_response.response_header.shift()),
    "a rate limit without Retry-After": rule(0, ({ action }) => action.block.custom_response.response_header.pop()),
    "a rate limit with the response to an attack": acl(({ rule }) => {
      rule[0].action = rule[2].action;
    }),
    "a rule with AWS's response": rule(2, { action: { block: {} } }),
    "a group with AWS's response": overrides((all) => all.splice(0)),
    "a rule of a group with AWS's response": overrides((all) =>
      Object.assign(all.at(-1)!, { action_to_use: { block: {} } }),
    ),
    "a missing body": acl(({ custom_response_body }) => custom_response_body.pop()),
    "a body in another format": acl({ "custom_response_body.0.content": '{"message":"Forbidden"}' }),
  });

  testRule(loggedWebAcls, {
    "no log": logging({ resource_arn: "another" }),
    "access tokens in the log": logging(({ redacted_fields }) => redacted_fields.shift()),
    "parts of passwords in the log": acl(({ data_protection_config: config }) => config.data_protection.shift()),
    "parts of passwords in match details": acl({
      "data_protection_config.data_protection.0.exclude_rule_match_details": true,
    }),
    "access tokens in match details": acl(({ data_protection_config: config }) => config.data_protection.splice(1, 1)),
    "tokens of links": acl(({ data_protection_config: config }) => config.data_protection.pop()),
    "a log without blocked requests": logging(({ logging_filter }) => logging_filter.filter[0].condition.shift()),
    "a log group without the prefix": replaceInAll("aws_cloudwatch_log_group", "name", "aws-waf-logs-", "waf-"),
    "samples with tokens": rule(0, { "visibility_config.sampled_requests_enabled": true }),
  });

  it("have a reason for each managed rule group, and for each of its rules in count mode", () => {
    for (const { why, countMode } of managedGroups) {
      expect([why, ...Object.values(countMode)].every((reason) => reason.length > 20)).to.equal(true);
    }
  });
});
