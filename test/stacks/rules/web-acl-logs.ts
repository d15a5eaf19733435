import { originVerifyHeaderName } from "../../../stacks/constructs/edge/origin-secret.ts";
import type { Attributes } from "../../support/synthesize.ts";
import { failing, referenced } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** Whether a web ACL puts another text in place of a field, also where it tells what a rule matched. */
const isHidden = (acl: Attributes, fieldType: string, keys: readonly string[]): boolean =>
  acl.data_protection_config?.data_protection.some(
    ({ field, action, exclude_rule_match_details }: Attributes) =>
      field.field_type === fieldType &&
      keys.every((key) => field.field_keys.includes(key)) &&
      action === "SUBSTITUTION" &&
      exclude_rule_match_details === false,
  );

const redacted = ["authorization", "cookie", "x-api-key", originVerifyHeaderName];

export const loggedWebAcls: Rule = {
  name: `every web ACL logs what it blocks, to a log group of the stacks, without samples, ${redacted.join(", ")} and what a rule matched in them or in a body`,
  check: (stacks) =>
    failing(stacks, ["aws_wafv2_web_acl"], "is not logged, or logs secrets", ({ stack, id, attributes }) => {
      const log = Object.values(stack.resource.aws_wafv2_web_acl_logging_configuration ?? {}).find(
        ({ resource_arn }) => resource_arn === `\${aws_wafv2_web_acl.${id}.arn}`,
      );
      const group = referenced(stacks, stack, log?.log_destination_configs[0]);
      const headers = (log?.redacted_fields ?? []).map((field: Attributes) => field.single_header.name);
      const kept = (log?.logging_filter?.filter ?? []).flatMap(({ behavior, condition }: Attributes) =>
        behavior === "KEEP" ? condition.map((each: Attributes) => each.action_condition.action) : [],
      );
      return (
        group?.attributes.name.startsWith("aws-waf-logs-") &&
        redacted.every((name) => headers.includes(name)) &&
        kept.includes("BLOCK") &&
        kept.includes("COUNT") &&
        isHidden(attributes, "BODY", []) &&
        isHidden(attributes, "SINGLE_HEADER", redacted) &&
        [attributes, ...attributes.rule].every(
          ({ visibility_config }) =>
            visibility_config.sampled_requests_enabled === false &&
            visibility_config.cloudwatch_metrics_enabled === true,
        )
      );
    }),
};
