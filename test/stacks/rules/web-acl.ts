import { defaultLimits } from "../../../service/config.ts";
import { problems } from "../../../service/platform/problems.ts";
import { originVerifyHeaderName } from "../../../stacks/constructs/edge/origin-secret.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, referenced, referring } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

/** Prefix of the type of each problem of the service. */
export const problemTypeBase = new URL(".", problems.routeNotFound().type).href;

const blocks = (rule: Attributes): boolean => rule.action?.block !== undefined;

const guesses = [
  ...["/v1/auth/login", "/v1/auth/login/", "/v1/auth/register", "/v1/auth/password", "/v10/auth/login"],
  ...["/links/reset-password", "/links/confirm-email"],
];
/** The service's own limits in a longer window, with responses that explain them. */
const { loginByAddress, registerByAddress, resetByAddress, linkByAddress } = defaultLimits;

/** What one address may send of all that can be guessed, before the service itself refuses it. */
const attempts = [loginByAddress, registerByAddress, resetByAddress, linkByAddress].reduce(
  (sum, { requests }) => sum + requests,
  0,
);
/** The app sends these itself, and a mobile network with many users can share one address. */
const noGuesses = ["/v1/auth/refresh", "/v1/auth/logout", "/v2/auth/refresh", "/v1/users/me", "/x/v1/auth/login"];

const getTransformations = (statement: Attributes): string =>
  statement.text_transformation.map(({ type }: Attributes) => type).join();

/** Whether a statement matches the paths where passwords can be guessed, in all spellings, and no others. */
function matchesGuesses(statement: Attributes | undefined): boolean {
  const regex = new RegExp(statement?.regex_string);
  return (
    statement?.field_to_match.uri_path !== undefined &&
    getTransformations(statement) === "URL_DECODE,NORMALIZE_PATH,LOWERCASE" &&
    guesses.every((path) => regex.test(path)) &&
    !noGuesses.some((path) => regex.test(path))
  );
}

/** Whether the first rule of a web ACL blocks requests without CloudFront's origin verify header. */
const verifiesOrigin = (stacks: Stacks, stack: StackJson, acl: Attributes): boolean => {
  const [{ statement, override_action }] = acl.rule;
  const group = referenced(stacks, stack, statement.rule_group_reference_statement?.arn);
  const rules = group && JSON.parse(group.attributes.template_body).Resources.Group.Properties.Rules;
  const matched = rules?.[0].Statement.NotStatement?.Statement;
  const accepted: Attributes[] = matched?.OrStatement?.Statements ?? [matched];
  return (
    override_action?.none !== undefined &&
    rules[0].Action.Block !== undefined &&
    accepted.every(
      (each) =>
        each?.ByteMatchStatement?.FieldToMatch.SingleHeader.Name === originVerifyHeaderName &&
        each.ByteMatchStatement.PositionalConstraint === "EXACTLY" &&
        each.ByteMatchStatement.SearchString.startsWith("{{resolve:secretsmanager:"),
    )
  );
};

/** A rule for each web ACL that clients reach: those of distributions, and of stages without a CDN. */
const publicWebAclRule = (name: string, passes: (acl: Attributes) => boolean): Rule =>
  resourceRule(
    `every web ACL that clients reach ${name}`,
    "aws_wafv2_web_acl",
    ({ stack, attributes }, stacks) => verifiesOrigin(stacks, stack, attributes) || passes(attributes),
  );

const hasCdn = ({ stack }: Resource): boolean => getStackEnvironment(stack).cdn !== undefined;

export const guardedApi = rulesByType(
  "every stage and every distribution has a web ACL; behind a CDN, the API's verifies the origin",
  {
    aws_api_gateway_stage: (stage, stacks) =>
      referring(stage, "aws_wafv2_web_acl_association", "resource_arn")
        .map(({ web_acl_arn }) => referenced(stacks, stage.stack, web_acl_arn))
        .some((acl) => acl && verifiesOrigin(stacks, acl.stack, acl.attributes) === hasCdn(stage)),
    aws_cloudfront_distribution: ({ stack, attributes }, stacks) =>
      referenced(stacks, stack, attributes.web_acl_id)?.attributes.scope === "CLOUDFRONT",
  },
);

export const limitedAddresses = publicWebAclRule(
  "limits the rate of each address, with a lower limit for password guesses, which the service limits first",
  ({ rule }) => {
    const limits: Attributes[] = rule
      .filter(blocks)
      .flatMap(({ statement }: Attributes) => statement.rate_based_statement ?? [])
      .filter(({ aggregate_key_type }: Attributes) => aggregate_key_type === "IP");
    const overall = limits.find(({ scope_down_statement }) => !scope_down_statement);
    const auth = limits.find(({ scope_down_statement }) => matchesGuesses(scope_down_statement?.regex_match_statement));
    return auth?.limit < overall?.limit && auth?.limit >= attempts;
  },
);

const maximumBytes = { uri_path: 2_048, query_string: 2_048, headers: 8_192 };

/** Whether statements match a long path, a long query, long headers, and a body of 1 MB. */
function matchSizes(statements: readonly Attributes[]): boolean {
  const untransformed = statements
    .map((statement) => Object.values<Attributes>(statement)[0]!)
    .filter((statement) => getTransformations(statement) === "NONE");
  return (
    Object.entries(maximumBytes).every(([field, bytes]) =>
      untransformed.some(
        ({ comparison_operator, size, field_to_match }) =>
          comparison_operator === "GT" &&
          size === bytes &&
          field_to_match[field] !== undefined &&
          // AWS WAF inspects 8 kB of the headers: it must not allow what it does not inspect.
          (field !== "headers" ||
            (field_to_match.headers.oversize_handling === "MATCH" &&
              field_to_match.headers.match_scope === "ALL" &&
              field_to_match.headers.match_pattern.all !== undefined)),
      ),
    ) &&
    untransformed.some(
      ({ regex_string, field_to_match }) =>
        field_to_match.single_header?.name === "content-length" &&
        new RegExp(regex_string).test("1000000") &&
        !new RegExp(regex_string).test("999999"),
    )
  );
}

const requiredGroups = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
];

const mayCount = /_BODY$|^NoUserAgent_HEADER$/;

export const knownAttacks = publicWebAclRule(
  `blocks oversized requests, and what ${requiredGroups.join(", ")} match`,
  (acl) => {
    const rules: Attributes[] = acl.rule;
    const groups: Attributes[] = rules
      .filter(({ override_action }) => override_action?.none !== undefined)
      .flatMap(({ statement }) => statement.managed_rule_group_statement ?? []);
    const overrides = groups.flatMap(({ rule_action_override }) => rule_action_override);
    return (
      requiredGroups.every((name) => groups.some((group) => group.name === name)) &&
      overrides.every(
        ({ name, action_to_use }) =>
          action_to_use.block !== undefined || (action_to_use.count !== undefined && mayCount.test(name)),
      ) &&
      rules.some((rule) => blocks(rule) && matchSizes(rule.statement.or_statement?.statement ?? []))
    );
  },
);

/** Whether a block response has a status, a problem of the catalogue with that status, and headers for any origin. */
function isReadable(acl: Attributes, block: Attributes | undefined, status: number): boolean {
  const response = block?.custom_response;
  const header = (name: string) => response?.response_header.find((each: Attributes) => each.name === name)?.value;
  const body = acl.custom_response_body?.find(({ key }: Attributes) => key === response?.custom_response_body_key);
  const problem = body && JSON.parse(body.content);
  return (
    response?.response_code === status &&
    body?.content_type === "APPLICATION_JSON" &&
    String(problem.type).startsWith(problemTypeBase) &&
    problem.status === status &&
    [problem.title, problem.detail].every(Boolean) &&
    header("Access-Control-Allow-Origin") === "*" &&
    header("Cache-Control") === "no-store" &&
    (status !== 429 || Number(header("Retry-After")) > 0)
  );
}

/** The blocking actions of a rule, or of those rules of a group that have our block response. */
function getBlocks({ action, statement }: Attributes): (Attributes | undefined)[] {
  const overrides: Attributes[] = statement.managed_rule_group_statement?.rule_action_override ?? [];
  const blocking = overrides.flatMap(({ action_to_use }) => action_to_use.block ?? []);
  return action ? [action.block] : blocking.length > 0 ? blocking : [undefined];
}

export const readableBlocks = publicWebAclRule(
  "responds with a problem of the catalogue that any origin can read, 429 for a rate and 403 otherwise",
  (acl) =>
    acl.rule.every((rule: Attributes) => {
      const status = rule.statement.rate_based_statement ? 429 : 403;
      return getBlocks(rule).every((block) => isReadable(acl, block, status));
    }),
);

/** Whether a web ACL replaces the values of a field in its log, even in rule match details. */
const isSubstituted = (acl: Attributes, fieldType: string, keys: readonly string[]): boolean =>
  acl.data_protection_config?.data_protection.some(
    ({ field, action, exclude_rule_match_details }: Attributes) =>
      field.field_type === fieldType &&
      keys.every((key) => field.field_keys.includes(key)) &&
      action === "SUBSTITUTION" &&
      exclude_rule_match_details === false,
  );

const redacted = ["authorization", "cookie", "x-api-key", originVerifyHeaderName];

export const loggedWebAcls = resourceRule(
  `every web ACL logs what it blocks to a log group of the stacks, without samples, ${redacted.join(", ")}, match details of these and of bodies, and tokens of links`,
  "aws_wafv2_web_acl",
  (acl, stacks) => {
    const { stack, attributes } = acl;
    const [log] = referring(acl, "aws_wafv2_web_acl_logging_configuration", "resource_arn");
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
      isSubstituted(attributes, "BODY", []) &&
      isSubstituted(attributes, "SINGLE_HEADER", redacted) &&
      isSubstituted(attributes, "SINGLE_QUERY_ARGUMENT", ["token"]) &&
      [attributes, ...attributes.rule].every(
        ({ visibility_config }) =>
          visibility_config.sampled_requests_enabled === false && visibility_config.cloudwatch_metrics_enabled === true,
      )
    );
  },
);
