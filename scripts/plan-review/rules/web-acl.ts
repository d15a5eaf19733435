import { toCodeSpan } from "../code-span.ts";
import { isUnknown } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("WAF");

/** The rules of a web ACL or a rule group allow more than before. */
export function checkWebAcl(change: ResourceChange): Finding[] {
  const { type, effect, before, after } = change;
  if (!/^(change|replace)$/.test(effect) || !/^aws_wafv2_(web_acl|rule_group)$/.test(type)) return [];
  if (isUnknown(change, "rule") || before.rule_json !== after.rule_json) {
    return [warning("its rules cannot be evaluated here: read them in the code")];
  }
  const [old, current] = [toActionName(before.default_action), toActionName(after.default_action)];
  return [
    ...(old === "block" && current !== "block"
      ? [critical(`allows requests that match no rule: ${toCodeSpan(current)}, before: ${toCodeSpan(old)}`)]
      : []),
    ...checkRules(toRules(before), toRules(after)),
  ];
}

type Rules = ReadonlyMap<string, Attributes>;

const toRules = ({ rule }: Attributes): Rules =>
  new Map((Array.isArray(rule) ? rule : []).map((each) => [String(each.name), each]));

function checkRules(before: Rules, after: Rules): Finding[] {
  // The first rule that allows or blocks ends the evaluation.
  const [old, order] = [toOrder(before, after), toOrder(after, before)];
  return [
    ...(order === old ? [] : [warning(`its rules are evaluated in another order: ${order}`)]),
    ...[...before].flatMap(([name, rule]) =>
      checkRule(rule, after.get(name)).map((text) => warning(`rule ${toCodeSpan(name)} ${text}`)),
    ),
    ...[...after]
      .filter(([name, rule]) => !before.has(name) && toActionName(rule.action) === "allow")
      .map(([name]) => warning(`the new rule ${toCodeSpan(name)} allows matching requests past all later rules`)),
  ];
}

const toOrder = (rules: Rules, others: Rules): string =>
  [...rules]
    .filter(([name]) => others.has(name))
    .sort(([, one], [, other]) => Number(one.priority) - Number(other.priority))
    .map(([name]) => toCodeSpan(name))
    .join(", ");

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html */
const strictness = ["allow", "nothing", "count", "challenge", "captcha", "block"];

/** In what respects a rule is weaker. */
function checkRule(before: Attributes, after: Attributes | undefined): string[] {
  if (!after) return ["is removed"];
  const [old, action] = [toActionName(before.action), toActionName(after.action)];
  const isCounting = ({ override_action }: Attributes) => toActionName(override_action) === "count";
  const [[statement, limits], [newStatement, newLimits]] = [parseStatement(before), parseStatement(after)];
  const [oldLimit, limit] = [limits[0]!, newLimits[0]!];
  const found = [
    strictness.indexOf(action) < strictness.indexOf(old) &&
      `has the action ${toCodeSpan(action)}, before: ${toCodeSpan(old)}`,
    !isCounting(before) && isCounting(after) && "only counts",
    limit > oldLimit && `allows ${limit} requests, before: ${oldLimit}`,
  ].filter((text) => text !== false);
  // Other statements are not ranked: the reviewer has to.
  return found.length === 0 && statement !== newStatement ? ["matches other requests than before"] : found;
}

/** The one block within an action: an object, or a list of one, whose members are empty lists but for one. */
const toActionName = (action: unknown): string =>
  Object.entries([action].flat()[0] ?? {}).find(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  )?.[0] ?? "nothing";

/** The statement without the limits of rate-based statements, and these, however deep they are nested. */
function parseStatement({ statement = null }: Attributes): [text: string, limits: number[]] {
  const limits: number[] = [];
  const text = JSON.stringify(statement, (name, value) => {
    if (name !== "limit") return value;
    if (typeof value === "number") limits.push(value);
    return undefined;
  });
  return [text, limits];
}
