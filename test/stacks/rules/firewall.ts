import { originSecretHeader } from "../../../stacks/constructs/origin-secret.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { environmentOf, failing, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape of a WAF rule
type FirewallRule = any;

const blocks = (rule: FirewallRule): boolean => rule.action?.block !== undefined;

const limitsAddresses = (rule: FirewallRule): boolean =>
  blocks(rule) && rule.statement.rate_based_statement?.aggregate_key_type === "IP";

const transformations = (statement: Attributes): string =>
  statement.text_transformation.map(({ type }: Attributes) => type).join();

const guesses = ["/v1/auth/login", "/v1/auth/login/", "/v1/auth/register", "/v1/auth/password"];
/** A phone does these by itself, and a whole network of phones shares one address. */
const noGuesses = ["/v1/auth/refresh", "/v1/auth/logout", "/v1/users/me", "/x/v1/auth/login"];

/** Whether a statement matches the paths where passwords are tried, however they are spelt, and no others. */
function countsGuesses(statement: Attributes): boolean {
  const regex = new RegExp(statement.regex_string);
  return (
    statement.field_to_match.uri_path !== undefined &&
    transformations(statement) === "URL_DECODE,NORMALIZE_PATH,LOWERCASE" &&
    guesses.every((path) => regex.test(path)) &&
    !noGuesses.some((path) => regex.test(path))
  );
}

/** The statements of a firewall that limit the rate of each address, overall and of logins. */
function addressLimits(acl: Attributes): [Attributes | undefined, Attributes | undefined] {
  const limits: Attributes[] = acl.rule
    .filter(limitsAddresses)
    .map(({ statement }: FirewallRule) => statement.rate_based_statement);
  const isAuth = ({ scope_down_statement }: Attributes) =>
    scope_down_statement !== undefined && countsGuesses(scope_down_statement.regex_match_statement);
  return [limits.find(({ scope_down_statement }) => !scope_down_statement), limits.find(isAuth)];
}

/** Whether it refuses, before anything else, what does not show the secret that CloudFront adds. */
const demandsOriginSecret = (stacks: Stacks, stack: StackJson, acl: Attributes): boolean => {
  const [{ statement, override_action }] = acl.rule;
  const arn = statement.rule_group_reference_statement?.arn;
  const group = referenced(stacks, stack, arn);
  const rules = group && JSON.parse(group.attributes.template_body).Resources.Group.Properties.Rules;
  const match = rules?.[0].Statement.NotStatement?.Statement.ByteMatchStatement;
  return (
    override_action?.none !== undefined &&
    rules[0].Action.Block !== undefined &&
    match?.FieldToMatch.SingleHeader.Name === originSecretHeader &&
    match.PositionalConstraint === "EXACTLY" &&
    match.SearchString.startsWith("{{resolve:secretsmanager:")
  );
};

/** The firewalls that clients reach: of the distributions, and of the stages without one before them. */
const publicFirewalls = (stacks: Stacks): Resource[] =>
  resources(stacks, "aws_wafv2_web_acl").filter(
    ({ stack, attributes }) => !demandsOriginSecret(stacks, stack, attributes),
  );

export const guardedApi: Rule = {
  name: "every stage and every distribution stands behind a WAF; where there is a CDN, the API's demands its secret",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_api_gateway_stage"],
      "has no WAF, or lets in who comes around the CDN",
      (stage) =>
        Object.values(stage.stack.resource.aws_wafv2_web_acl_association ?? {})
          .filter(({ resource_arn }) => resource_arn === `\${aws_api_gateway_stage.${stage.id}.arn}`)
          .map(({ web_acl_arn }) => referenced(stacks, stage.stack, web_acl_arn))
          .some(
            (acl) =>
              acl &&
              demandsOriginSecret(stacks, stage.stack, acl.attributes) ===
                (environmentOf(stage.stack).cdn !== undefined),
          ),
    ),
    ...failing(
      stacks,
      ["aws_cloudfront_distribution"],
      "has no WAF",
      ({ stack, attributes }) =>
        referenced(stacks, stack, attributes.web_acl_id)?.attributes.scope === "CLOUDFRONT",
    ),
  ],
};

export const limitedAddresses: Rule = {
  name: "every WAF that clients reach limits the rate of each address, and that of guessing passwords more tightly",
  check: (stacks) =>
    publicFirewalls(stacks)
      .filter(({ attributes }) => {
        const [overall, auth] = addressLimits(attributes);
        return !(auth?.limit < overall?.limit);
      })
      .map(({ address }) => `${address}: has no rate limits`),
};

const demandedGroups = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
];

const longest = { uri_path: 2_048, query_string: 2_048, headers: 8_192 };

/** Whether one of these statements refuses a long path, one a long query, one long headers, and one a body of 1 MB. */
function refusesSizes(statements: readonly Attributes[]): boolean {
  const untouched = statements
    .map((statement) => Object.values<Attributes>(statement)[0]!)
    .filter((statement) => transformations(statement) === "NONE");
  return (
    Object.entries(longest).every(([field, bytes]) =>
      untouched.some(
        ({ comparison_operator, size, field_to_match }) =>
          comparison_operator === "GT" &&
          size === bytes &&
          field_to_match[field] !== undefined &&
          // Of headers AWS WAF sees 8 kB: it must not let pass what it does not see.
          (field !== "headers" ||
            (field_to_match.headers.oversize_handling === "MATCH" &&
              field_to_match.headers.match_scope === "ALL" &&
              field_to_match.headers.match_pattern.all !== undefined)),
      ),
    ) &&
    untouched.some(
      ({ regex_string, field_to_match }) =>
        field_to_match.single_header?.name === "content-length" &&
        new RegExp(regex_string).test("1000000") &&
        !new RegExp(regex_string).test("999999"),
    )
  );
}

const isAllowedToCount = /_BODY$|^NoUserAgent_HEADER$/;

export const knownAttacks: Rule = {
  name: `every WAF that clients reach refuses what is too large and what ${demandedGroups.join(", ")} know`,
  check: (stacks) =>
    publicFirewalls(stacks)
      .filter(({ attributes }) => {
        const rules: FirewallRule[] = attributes.rule;
        const groups: Attributes[] = rules
          .filter(({ override_action }) => override_action?.none !== undefined)
          .flatMap(({ statement }) => statement.managed_rule_group_statement ?? []);
        const counted = groups.flatMap(({ rule_action_override }) => rule_action_override);
        return !(
          demandedGroups.every((name) => groups.some((group) => group.name === name)) &&
          counted.every(({ name }) => isAllowedToCount.test(name)) &&
          rules.some((rule) => blocks(rule) && refusesSizes(rule.statement.or_statement?.statement ?? []))
        );
      })
      .map(({ address }) => `${address}: lets known attacks through`),
};

/** Whether a WAF puts another text in place of a field, also where it tells what a rule matched. */
const isHidden = (acl: Attributes, fieldType: string, keys: readonly string[]): boolean =>
  acl.data_protection_config?.data_protection.some(
    ({ field, action, exclude_rule_match_details }: Attributes) =>
      field.field_type === fieldType &&
      keys.every((key) => field.field_keys.includes(key)) &&
      action === "SUBSTITUTION" &&
      exclude_rule_match_details === false,
  );

const redacted = ["authorization", "cookie", "x-api-key", originSecretHeader];

export const loggedFirewalls: Rule = {
  name: `every WAF logs what it refuses, to a log group of the stacks, without samples, ${redacted.join(", ")} and what a rule matched in them or in a body`,
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
