import { expect } from "chai";
import { managedGroups } from "../../stacks/constructs/web-acl-rules.ts";
import type { Stacks } from "../support/synthesize.ts";
import {
  guardedApi,
  knownAttacks,
  limitedAddresses,
  loggedFirewalls,
  writableLogs,
} from "./rules/firewall.ts";
import { first } from "./rules/resources.ts";
import { prove } from "./rules/rule.ts";

/** The first resource of a type in production's service, which has a CDN before it. */
const production = (stacks: Stacks, type: string) =>
  Object.values(stacks["ecobeat-production-service"]!.resource[type]!)[0]!;

describe("the firewalls of the stacks", () => {
  prove(guardedApi, {
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
    "a demand for any value": (stacks) => {
      const demand = production(stacks, "aws_cloudformation_stack");
      demand.template_body = demand.template_body.replace("EXACTLY", "CONTAINS");
    },
    "a demand that only counts": (stacks) => {
      production(stacks, "aws_wafv2_web_acl").rule[0].override_action = { count: {} };
    },
    "a demand where there is no CDN": (stacks) => {
      stacks["ecobeat-staging-service"] = structuredClone(stacks["ecobeat-production-service"]!);
      stacks["ecobeat-staging-service"].provider.aws![0]!.default_tags[0].tags.environment = "staging";
    },
  });

  prove(limitedAddresses, {
    "a WAF that only counts": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action = { count: {} };
    },
    "logins at the rate of reads": (stacks) => {
      const [overall, auth] = first(stacks, "aws_wafv2_web_acl").rule;
      auth.statement.rate_based_statement.limit = overall.statement.rate_based_statement.limit;
    },
    "a limit on other paths than those of login": (stacks) => {
      const [, auth] = first(stacks, "aws_wafv2_web_acl").rule;
      auth.statement.rate_based_statement.scope_down_statement.byte_match_statement.search_string = "/auth/";
    },
  });

  prove(knownAttacks, {
    "a missing group": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule.pop();
    },
    "a group that only counts": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule.at(-1).override_action = { count: {} };
    },
    "a counted rule on paths": (stacks) => {
      const { statement } = first(stacks, "aws_wafv2_web_acl").rule.at(-1);
      statement.managed_rule_group_statement.rule_action_override[0].name = "GenericLFI_URIPATH";
    },
    "any size": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[2].action = { count: {} };
    },
  });

  prove(loggedFirewalls, {
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
    "a log without what was refused": (stacks) => {
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

  prove(writableLogs, {
    "a log that nobody may write": (stacks) => {
      delete stacks["ecobeat-staging-service"]!.resource.aws_cloudwatch_log_resource_policy;
    },
    "a log that other accounts may write": (stacks) => {
      const policy = first(stacks, "aws_cloudwatch_log_resource_policy");
      policy.policy_document = policy.policy_document.replace("aws:SourceAccount", "aws:UserAgent");
    },
  });

  it("have a reason for each rule group of AWS, and for each of its rules that only counts", () => {
    for (const { why, counted } of managedGroups) {
      expect([why, ...Object.values(counted)].every((reason) => reason.length > 20)).to.equal(true);
    }
  });
});
