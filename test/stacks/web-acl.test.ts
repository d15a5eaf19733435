import { expect } from "chai";
import { managedGroups } from "../../stacks/constructs/edge/managed-rules.ts";
import type { Stacks } from "../support/synthesize.ts";
import { readableBlocks } from "./rules/block-responses.ts";
import { first } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";
import { guardedApi, knownAttacks, limitedAddresses } from "./rules/web-acl.ts";
import { loggedWebAcls } from "./rules/web-acl-logs.ts";

/** The first resource of a type in production's service, which has a CDN before it. */
const production = (stacks: Stacks, type: string) =>
  Object.values(stacks["ecobeat-production-service"]!.resource[type]!)[0]!;

/** What the first web ACL counts as guessing. */
const guessing = (stacks: Stacks) =>
  first(stacks, "aws_wafv2_web_acl").rule[1].statement.rate_based_statement.scope_down_statement
    .regex_match_statement;

/** The last group of AWS's rules in the first web ACL. */
const managed = (stacks: Stacks) =>
  first(stacks, "aws_wafv2_web_acl").rule.at(-1).statement.managed_rule_group_statement;

/** The sizes that the first web ACL blocks. */
const sizes = (stacks: Stacks) => first(stacks, "aws_wafv2_web_acl").rule[2].statement.or_statement.statement;

describe("the web ACLs of the stacks", () => {
  testRule(guardedApi, {
    "a stage without a WAF": (stacks) => {
      first(stacks, "aws_wafv2_web_acl_association").resource_arn = "another";
    },
    "a distribution without a WAF": (stacks) => {
      delete first(stacks, "aws_cloudfront_distribution").web_acl_id;
    },
    "a way around the CDN": (stacks) => {
      production(stacks, "aws_wafv2_web_acl").rule.shift();
      production(stacks, "aws_wafv2_web_acl").rule.push({ statement: {} });
    },
    "a rule that accepts any value": (stacks) => {
      for (const stack of Object.values(
        stacks["ecobeat-production-service"]!.resource.aws_cloudformation_stack!,
      )) {
        stack.template_body = stack.template_body.replace("EXACTLY", "CONTAINS");
      }
    },
    "origin verify in count mode": (stacks) => {
      production(stacks, "aws_wafv2_web_acl").rule[0].override_action = { count: {} };
    },
    "origin verify where there is no CDN": (stacks) => {
      stacks["ecobeat-staging-service"] = structuredClone(stacks["ecobeat-production-service"]!);
      stacks["ecobeat-staging-service"].provider.aws![0]!.default_tags[0].tags.environment = "staging";
    },
  });

  testRule(limitedAddresses, {
    "a WAF that only counts": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action = { count: {} };
    },
    "logins at the rate of reads": (stacks) => {
      const [overall, auth] = first(stacks, "aws_wafv2_web_acl").rule;
      auth.statement.rate_based_statement.limit = overall.statement.rate_based_statement.limit;
    },
    "a limit on other paths than those of login": (stacks) => {
      guessing(stacks).regex_string = "^/auth/";
    },
    "a limit on renewals of tokens": (stacks) => {
      guessing(stacks).regex_string = "^/v1/auth/";
    },
    "logins that escape by another spelling": (stacks) => {
      guessing(stacks).text_transformation.pop();
    },
    "logins counted by the query": (stacks) => {
      guessing(stacks).field_to_match = { query_string: {} };
    },
  });

  testRule(knownAttacks, {
    "a missing group": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule.pop();
    },
    "a group that only counts": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule.at(-1).override_action = { count: {} };
    },
    "a rule on paths in count mode": (stacks) => {
      managed(stacks).rule_action_override[0].name = "GenericLFI_URIPATH";
    },
    "a rule that lets pass": (stacks) => {
      managed(stacks).rule_action_override.at(-1).action_to_use = { allow: {} };
    },
    "any size": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[2].action = { count: {} };
    },
    "long paths": (stacks) => {
      sizes(stacks)[0].size_constraint_statement.size = 65_536;
    },
    "long queries": (stacks) => {
      sizes(stacks)[1].size_constraint_statement.field_to_match = { uri_path: {} };
    },
    "headers that AWS WAF does not see": (stacks) => {
      sizes(stacks)[2].size_constraint_statement.field_to_match.headers.oversize_handling = "CONTINUE";
    },
    "short headers refused": (stacks) => {
      sizes(stacks)[2].size_constraint_statement.comparison_operator = "LT";
    },
    "large bodies": (stacks) => {
      sizes(stacks)[3].regex_match_statement.regex_string = "^[0-9]{9,}$";
    },
    "sizes of what is not sent": (stacks) => {
      sizes(stacks)[0].size_constraint_statement.text_transformation = [
        { priority: 0, type: "COMPRESS_WHITE_SPACE" },
      ];
    },
  });

  testRule(readableBlocks, {
    "a rate whose block response no page can read": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action.block.custom_response.response_header.shift();
    },
    "a rate that says nothing of when to come back": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action.block.custom_response.response_header.pop();
    },
    "a rate that is told like an attack": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action = first(stacks, "aws_wafv2_web_acl").rule[2].action;
    },
    "a block response in AWS's words": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[2].action = { block: {} };
    },
    "a group that blocks in AWS's words": (stacks) => {
      managed(stacks).rule_action_override = [];
    },
    "a rule of a group that blocks in AWS's words": (stacks) => {
      managed(stacks).rule_action_override.at(-1).action_to_use = { block: {} };
    },
    "a body that is not there": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").custom_response_body.pop();
    },
    "a body of another shape": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").custom_response_body[0].content = '{"message":"Forbidden"}';
    },
  });

  testRule(loggedWebAcls, {
    "no log": (stacks) => {
      first(stacks, "aws_wafv2_web_acl_logging_configuration").resource_arn = "another";
    },
    "access tokens in the log": (stacks) => {
      first(stacks, "aws_wafv2_web_acl_logging_configuration").redacted_fields.shift();
    },
    "parts of passwords in the log": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").data_protection_config.data_protection.shift();
    },
    "parts of passwords where a rule matched": (stacks) => {
      const [body] = first(stacks, "aws_wafv2_web_acl").data_protection_config.data_protection;
      body.exclude_rule_match_details = true;
    },
    "access tokens where a rule matched": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").data_protection_config.data_protection.pop();
    },
    "a log without what was blocked": (stacks) => {
      first(stacks, "aws_wafv2_web_acl_logging_configuration").logging_filter.filter[0].condition.shift();
    },
    "a group of another name": (stacks) => {
      for (const group of Object.values(
        stacks["ecobeat-staging-service"]!.resource.aws_cloudwatch_log_group!,
      )) {
        group.name = group.name.replace("aws-waf-logs-", "waf-");
      }
    },
    "samples with tokens": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].visibility_config.sampled_requests_enabled = true;
    },
  });

  it("have a reason for each rule group of AWS, and for each of its rules in count mode", () => {
    for (const { why, countMode } of managedGroups) {
      expect([why, ...Object.values(countMode)].every((reason) => reason.length > 20)).to.equal(true);
    }
  });
});
