import { toCodeSpan } from "../code-span.ts";
import { isUnknown } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("WAF");

/** A web ACL allows more than before. */
export function checkWebAcl(change: ResourceChange): Finding[] {
  const { type, effect, before, after } = change;
  if (isRemoval(change) && /^aws_wafv2_web_acl(_association)?$/.test(type)) {
    return [critical("is removed: no web ACL protects its resource")];
  }
  if (type === "aws_wafv2_web_acl_association" && effect === "replace") {
    return [warning("is recreated: for seconds there is no web ACL")];
  }
  // Our rule groups are in a template, whose text no rule here reads.
  if (type === "aws_cloudformation_stack" && effect === "change" && before.template_body !== after.template_body) {
    return [warning("its template changes, which may hold WAF rules: read it in the code")];
  }
  if (effect !== "change" && effect !== "replace") return [];
  if (type === "aws_cloudfront_distribution") return checkDistribution(change);
  if (/^aws_wafv2_(ip|regex_pattern)_set$/.test(type)) {
    return [warning("rules that refer to it match other requests than before")];
  }
  if (!/^aws_wafv2_(web_acl|rule_group)$/.test(type)) return [];
  return isUnknown(change, "rule") || before.rule_json !== after.rule_json
    ? [warning("its rules cannot be evaluated here: read them in the code")]
    : [...checkDefaultAction(change), ...checkRules(change)];
}

/** The distribution names the web ACL of CloudFront. */
function checkDistribution(change: ResourceChange): Finding[] {
  const [before, after] = [change.before.web_acl_id, change.after.web_acl_id];
  if (!before || before === after) return [];
  return after || isUnknown(change, "web_acl_id")
    ? [warning("another web ACL protects it: compare the two")]
    : [critical("no web ACL protects it")];
}

function checkDefaultAction({ before, after }: ResourceChange): Finding[] {
  const [old, current] = [toActionName(before.default_action), toActionName(after.default_action)];
  return old === "block" && current !== "block"
    ? [critical(`allows requests that match no rule: ${toCodeSpan(current)}, before: ${toCodeSpan(old)}`)]
    : [];
}

function checkRules({ before, after }: ResourceChange): Finding[] {
  const [old, current] = [toRules(before), toRules(after)];
  return [
    ...checkOrder(old, current),
    ...[...old].flatMap(([name, rule]) => checkRule(String(name), rule, current.get(name))),
    ...[...current]
      .filter(([name, rule]) => !old.has(name) && toActionName(rule.action) === "allow")
      .map(([name]) => warning(`the new rule ${toCodeSpan(name)} allows matching requests past all later rules`)),
  ];
}

type Rules = ReadonlyMap<unknown, Attributes>;

/** The first rule that allows or blocks ends the evaluation. */
function checkOrder(old: Rules, current: Rules): Finding[] {
  const toOrder = (rules: Rules, others: Rules) =>
    [...rules]
      .filter(([name]) => others.has(name))
      .sort(([, one], [, other]) => Number(one.priority) - Number(other.priority))
      .map(([name]) => toCodeSpan(name))
      .join(", ");
  const order = toOrder(current, old);
  return order === toOrder(old, current) ? [] : [warning(`its rules are evaluated in another order: ${order}`)];
}

function checkRule(name: string, before: Attributes, after: Attributes | undefined): Finding[] {
  const finding = (text: string) => warning(`rule ${toCodeSpan(name)} ${text}`);
  if (!after) return [finding("is removed")];
  const found: Finding[] = [];
  const [old, current] = [toActionName(before.action), toActionName(after.action)];
  if (strictness.indexOf(current) < strictness.indexOf(old)) {
    found.push(finding(`has the action ${toCodeSpan(current)}, before: ${toCodeSpan(old)}`));
  }
  if (toActionName(before.override_action) !== "count" && toActionName(after.override_action) === "count") {
    found.push(finding("only counts"));
  }
  const [oldLimit, limit] = [findRateLimit(before.statement), findRateLimit(after.statement)];
  if (oldLimit !== undefined && limit !== undefined && limit > oldLimit) {
    found.push(finding(`allows ${limit} requests, before: ${oldLimit}`));
  }
  // Other statements are not ranked: the reviewer has to.
  if (found.length === 0 && toComparableStatement(before.statement) !== toComparableStatement(after.statement)) {
    found.push(finding("matches other requests than before"));
  }
  return found;
}

const toRules = ({ rule }: Attributes): Rules =>
  new Map((Array.isArray(rule) ? rule : []).map((each) => [each.name, each]));

/** The one block within an action: an object, or a list of one, whose members are empty lists but for one. */
function toActionName(action: unknown): string {
  const block = Array.isArray(action) ? action[0] : action;
  const set = Object.entries(block ?? {}).find(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return set?.[0] ?? "nothing";
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html */
const strictness = ["allow", "nothing", "count", "challenge", "captcha", "block"];

const toComparableStatement = (statement: unknown): string =>
  JSON.stringify(statement ?? null, (name, value) => (name === "limit" ? undefined : value));

/** The limit of a rate-based statement, however deep it is nested. */
function findRateLimit(statement: unknown): number | undefined {
  if (typeof statement !== "object" || statement === null) return undefined;
  for (const [name, value] of Object.entries(statement)) {
    if (name === "limit" && typeof value === "number") return value;
    const nested = findRateLimit(value);
    if (nested !== undefined) return nested;
  }
  return undefined;
}
