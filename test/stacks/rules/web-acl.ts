import { originVerifyHeaderName } from "../../../stacks/constructs/edge/origin-secret.ts";
import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { blocksSizes, transformations } from "./request-sizes.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape of a WAF rule
type WebAclRule = any;

const blocks = (rule: WebAclRule): boolean => rule.action?.block !== undefined;

const limitsAddresses = (rule: WebAclRule): boolean =>
  blocks(rule) && rule.statement.rate_based_statement?.aggregate_key_type === "IP";

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

/** The statements of a web ACL that limit the rate of each address, overall and of logins. */
function addressLimits(acl: Attributes): [Attributes | undefined, Attributes | undefined] {
  const limits: Attributes[] = acl.rule
    .filter(limitsAddresses)
    .map(({ statement }: WebAclRule) => statement.rate_based_statement);
  const isAuth = ({ scope_down_statement }: Attributes) =>
    scope_down_statement !== undefined && countsGuesses(scope_down_statement.regex_match_statement);
  return [limits.find(({ scope_down_statement }) => !scope_down_statement), limits.find(isAuth)];
}

/** Whether its first rule blocks requests without the origin verify header of CloudFront. */
const verifiesOrigin = (stacks: Stacks, stack: StackJson, acl: Attributes): boolean => {
  const [{ statement, override_action }] = acl.rule;
  const arn = statement.rule_group_reference_statement?.arn;
  const group = referenced(stacks, stack, arn);
  const rules = group && JSON.parse(group.attributes.template_body).Resources.Group.Properties.Rules;
  const accepted = rules?.[0].Statement.NotStatement?.Statement;
  const taken: Attributes[] = accepted?.OrStatement?.Statements ?? [accepted];
  return (
    override_action?.none !== undefined &&
    rules[0].Action.Block !== undefined &&
    taken.every(
      (each) =>
        each?.ByteMatchStatement?.FieldToMatch.SingleHeader.Name === originVerifyHeaderName &&
        each.ByteMatchStatement.PositionalConstraint === "EXACTLY" &&
        each.ByteMatchStatement.SearchString.startsWith("{{resolve:secretsmanager:"),
    )
  );
};

/** The web ACLs that clients reach: of the distributions, and of the stages without one before them. */
export const publicWebAcls = (stacks: Stacks): Resource[] =>
  resources(stacks, "aws_wafv2_web_acl").filter(
    ({ stack, attributes }) => !verifiesOrigin(stacks, stack, attributes),
  );

export const guardedApi: Rule = {
  name: "every stage and every distribution stands behind a WAF; where there is a CDN, the API's verifies the origin",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_api_gateway_stage"],
      "has no WAF, or allows requests that bypass the CDN",
      (stage) =>
        Object.values(stage.stack.resource.aws_wafv2_web_acl_association ?? {})
          .filter(({ resource_arn }) => resource_arn === `\${aws_api_gateway_stage.${stage.id}.arn}`)
          .map(({ web_acl_arn }) => referenced(stacks, stage.stack, web_acl_arn))
          .some(
            (acl) =>
              acl &&
              verifiesOrigin(stacks, stage.stack, acl.attributes) ===
                (getEnvironment(stage.stack).cdn !== undefined),
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
  name: "every web ACL that clients reach limits the rate of each address, and that of guessing passwords more tightly",
  check: (stacks) =>
    publicWebAcls(stacks)
      .filter(({ attributes }) => {
        const [overall, auth] = addressLimits(attributes);
        return !(auth?.limit < overall?.limit);
      })
      .map(({ address }) => `${address}: has no rate limits`),
};

const requiredGroups = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
];

const isAllowedToCount = /_BODY$|^NoUserAgent_HEADER$/;

export const knownAttacks: Rule = {
  name: `every web ACL that clients reach blocks what is too large and what ${requiredGroups.join(", ")} know`,
  check: (stacks) =>
    publicWebAcls(stacks)
      .filter(({ attributes }) => {
        const rules: WebAclRule[] = attributes.rule;
        const groups: Attributes[] = rules
          .filter(({ override_action }) => override_action?.none !== undefined)
          .flatMap(({ statement }) => statement.managed_rule_group_statement ?? []);
        const overrides = groups.flatMap(({ rule_action_override }) => rule_action_override);
        const blocking = overrides.filter(({ action_to_use }) => action_to_use.block !== undefined);
        const countMode = overrides.filter(({ action_to_use }) => action_to_use.count !== undefined);
        return !(
          requiredGroups.every((name) => groups.some((group) => group.name === name)) &&
          blocking.length + countMode.length === overrides.length &&
          countMode.every(({ name }) => isAllowedToCount.test(name)) &&
          rules.some((rule) => blocks(rule) && blocksSizes(rule.statement.or_statement?.statement ?? []))
        );
      })
      .map(({ address }) => `${address}: lets known attacks through`),
};
