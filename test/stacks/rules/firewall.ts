import { failing, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape of a WAF rule
type FirewallRule = any;

const blocks = (rule: FirewallRule): boolean => rule.action?.block !== undefined;

const limitsAddresses = (rule: FirewallRule): boolean =>
  blocks(rule) && rule.statement.rate_based_statement?.aggregate_key_type === "IP";

export const guardedStages: Rule = {
  name: "every stage stands behind a WAF that limits the rate of each address, and that of logins more tightly",
  check: (stacks) =>
    failing(stacks, ["aws_api_gateway_stage"], "has no WAF with rate limits", ({ stack, id }) =>
      Object.values(stack.resource.aws_wafv2_web_acl_association ?? {})
        .filter(({ resource_arn }) => resource_arn === `\${aws_api_gateway_stage.${id}.arn}`)
        .some(({ web_acl_arn }) => {
          const rules: FirewallRule[] = referenced(stacks, stack, web_acl_arn)?.attributes.rule ?? [];
          const [overall, auth] = [false, true].map((scoped) =>
            rules
              .filter(limitsAddresses)
              .map(({ statement }) => statement.rate_based_statement)
              .find(
                ({ scope_down_statement }) =>
                  (scope_down_statement?.byte_match_statement.search_string === "/v1/auth/") === scoped,
              ),
          );
          return auth?.limit < overall?.limit;
        }),
    ),
};

const demandedGroups = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
];

export const knownAttacks: Rule = {
  name: `every WAF refuses what is too large and what ${demandedGroups.join(", ")} know, but for single rules on bodies`,
  check: (stacks) =>
    failing(stacks, ["aws_wafv2_web_acl"], "lets known attacks through", ({ attributes }) => {
      const rules: FirewallRule[] = attributes.rule;
      const groups = rules
        .filter(({ override_action }) => override_action?.none !== undefined)
        .flatMap(({ statement }) => statement.managed_rule_group_statement ?? []);
      const counted: string[] = groups.flatMap(({ rule_action_override }) =>
        rule_action_override.map(({ name }: { name: string }) => name),
      );
      return (
        demandedGroups.every((name) => groups.some((group) => group.name === name)) &&
        counted.every((name) => /_BODY$|^NoUserAgent_HEADER$/.test(name)) &&
        rules.some(({ name, ...rule }) => name === "size" && blocks(rule))
      );
    }),
};

const redacted = ["authorization", "cookie", "x-api-key"];

export const loggedFirewalls: Rule = {
  name: `every WAF logs what it refuses, to a log group of the stacks, without ${redacted.join(", ")} and without samples`,
  check: (stacks) =>
    failing(stacks, ["aws_wafv2_web_acl"], "is not logged, or logs secrets", ({ stack, id, attributes }) => {
      const log = Object.values(stack.resource.aws_wafv2_web_acl_logging_configuration ?? {}).find(
        ({ resource_arn }) => resource_arn === `\${aws_wafv2_web_acl.${id}.arn}`,
      );
      const group = referenced(stacks, stack, log?.log_destination_configs[0]);
      const headers = (log?.redacted_fields ?? []).map((field: FirewallRule) => field.single_header.name);
      const kept = (log?.logging_filter?.filter ?? []).flatMap(({ behavior, condition }: FirewallRule) =>
        behavior === "KEEP" ? condition.map((each: FirewallRule) => each.action_condition.action) : [],
      );
      return (
        group?.attributes.name.startsWith("aws-waf-logs-") &&
        redacted.every((name) => headers.includes(name)) &&
        kept.includes("BLOCK") &&
        kept.includes("COUNT") &&
        [attributes, ...attributes.rule].every(
          ({ visibility_config }) =>
            visibility_config.sampled_requests_enabled === false &&
            visibility_config.cloudwatch_metrics_enabled === true,
        )
      );
    }),
};

export const writableLogs: Rule = {
  name: "AWS may write the log of every WAF, for our account alone",
  check: (stacks) =>
    resources(stacks, "aws_wafv2_web_acl_logging_configuration")
      .filter(
        ({ stack, attributes }) =>
          !Object.values(stack.resource.aws_cloudwatch_log_resource_policy ?? {}).some(
            ({ policy_document }) =>
              policy_document.includes(`${attributes.log_destination_configs[0]}:log-stream:*`) &&
              policy_document.includes("aws:SourceAccount"),
          ),
      )
      .map(({ address }) => `${address}: may not be written, or by others too`),
};
