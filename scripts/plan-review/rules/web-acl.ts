import { computeDifferences, isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan, toCodeSpans } from "../finding.ts";
import type { Attributes, ResourceChange } from "../resource-change.ts";

const toFinding = findingsAbout("WAF");

/** The rules of a web ACL or a rule group allow more than before. */
export function checkWebAcl(change: ResourceChange): Finding[] {
  const { type, effect, before, after } = change;
  if (!/^(change|replace)$/.test(effect) || !/^aws_wafv2_(web_acl|rule_group)$/.test(type)) return [];
  if (isUnknown(change, "rule") || isSensitive(change, "rule") || before.rule_json !== after.rule_json) {
    return [toFinding("its rules cannot be evaluated here: read them in the code")];
  }
  const [old, current] = [before, after].map(({ default_action }) => toActionName(default_action));
  const isOpened = old === "block" && current !== "block";
  return [
    ...(isOpened
      ? [toFinding(`allows requests that match no rule: ${toCodeSpan(current)}, before: \`block\``, true)]
      : []),
    ...checkRules(toRules(before), toRules(after)).map((text) => toFinding(text)),
  ];
}

type Rules = ReadonlyMap<string, Attributes>;

/** The rules by name, in the order of their evaluation. */
const toRules = ({ rule }: Attributes): Rules => {
  const rules = (Array.isArray(rule) ? rule : []).map((each) => [String(each.name), each] as const);
  return new Map(rules.sort(([, one], [, other]) => Number(one.priority) - Number(other.priority)));
};

function checkRules(before: Rules, after: Rules): string[] {
  // The first rule that allows or blocks ends the evaluation.
  const [old, order] = [before, after].map((rules) =>
    toCodeSpans([...rules.keys()].filter((name) => before.has(name) && after.has(name))),
  );
  const isAllowing = ([name, { action }]: readonly [string, Attributes]) =>
    !before.has(name) && toActionName(action) === "allow";
  return [
    ...(order === old ? [] : [`its rules are evaluated in another order: ${order}`]),
    ...[...before].flatMap(([name, rule]) =>
      checkRule(rule, after.get(name)).map((text) => `rule ${toCodeSpan(name)} ${text}`),
    ),
    ...[...after]
      .filter(isAllowing)
      .map(([name]) => `the new rule ${toCodeSpan(name)} allows matching requests past all later rules`),
  ];
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html */
const strictness = ["allow", "nothing", "count", "challenge", "captcha", "block"];

/** In what respects a rule is weaker. */
function checkRule(before: Attributes, after: Attributes | undefined): string[] {
  if (!after) return ["is removed"];
  const [old, action] = [toActionName(before.action), toActionName(after.action)];
  const isCounting = ({ override_action }: Attributes) => toActionName(override_action) === "count";
  const values = { before: before.statement, after: after.statement };
  const changes = computeDifferences({ ...values, unknown: undefined, sensitive: [] });
  // That of a rate-based statement, however deep it is nested.
  const limit = changes.find(({ name, before: old, after: current }) => name === "limit" && old && current);
  const found = [
    strictness.indexOf(action) < strictness.indexOf(old) &&
      `has the action ${toCodeSpan(action)}, before: ${toCodeSpan(old)}`,
    !isCounting(before) && isCounting(after) && "only counts",
    Number(limit?.after) > Number(limit?.before) && `allows ${limit?.after} requests, before: ${limit?.before}`,
  ].filter((text) => text !== false);
  // Other statements are not ranked: the reviewer has to.
  const isOther = found.length === 0 && changes.some((change) => change !== limit);
  return isOther ? ["matches other requests than before"] : found;
}

/** The one block within an action: an object, or a list of one, whose members are empty lists but for one. */
const toActionName = (action: unknown): string =>
  Object.entries([action].flat()[0] ?? {}).find(([, block]) => [block ?? []].flat().length > 0)?.[0] ?? "nothing";
