import { toCodeSpan } from "../code-span.ts";
import { isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const subject = "WAF";

/** A web ACL allows more than before. */
export function checkWebAcl(change: ResourceChange): Finding[] {
  const { type, effect } = change;
  const goes = effect === "destroy" || effect === "forget";
  if (goes && (type === "aws_wafv2_web_acl_association" || type === "aws_wafv2_web_acl")) {
    return [{ severity: "danger", subject, text: "goes: what it protected has no web ACL" }];
  }
  if (type === "aws_wafv2_web_acl_association" && effect === "replace") {
    return [{ severity: "attention", subject, text: "is made anew: for moments there is no web ACL" }];
  }
  // Rule groups of ours are made by a template, whose text is not judged.
  if (
    type === "aws_cloudformation_stack" &&
    effect === "change" &&
    change.before.template_body !== change.after.template_body
  ) {
    return [
      {
        severity: "attention",
        subject,
        text: "its template changes, which may hold WAF rules: read it in the code",
      },
    ];
  }
  if (effect !== "change" && effect !== "replace") return [];
  if (type === "aws_cloudfront_distribution") return checkDistribution(change);
  if (/^aws_wafv2_(ip|regex_pattern)_set$/.test(type)) {
    return [{ severity: "attention", subject, text: "rules that ask it fit other requests than before" }];
  }
  if (!/^aws_wafv2_(web_acl|rule_group)$/.test(type)) return [];
  const areUnread = isUnknown(change, "rule") || change.before.rule_json !== change.after.rule_json;
  return areUnread
    ? [{ severity: "attention", subject, text: "its rules cannot be judged here: read them in the code" }]
    : [...checkDefaultAction(change), ...checkRules(change)];
}

/** What stands before CloudFront is named by the distribution. */
function checkDistribution(change: ResourceChange): Finding[] {
  const [was, is] = [change.before.web_acl_id, change.after.web_acl_id];
  if (!was || was === is) return [];
  return is || isUnknown(change, "web_acl_id")
    ? [{ severity: "attention", subject, text: "another web ACL protects it: compare the two" }]
    : [{ severity: "danger", subject, text: "no web ACL protects it any more" }];
}

function checkDefaultAction({ before, after }: ResourceChange): Finding[] {
  const [was, is] = [toActionName(before.default_action), toActionName(after.default_action)];
  return was === "block" && is !== "block"
    ? [
        {
          severity: "danger",
          subject,
          text: `lets through what no rule is about: ${toCodeSpan(was)} becomes ${toCodeSpan(is)}`,
        },
      ]
    : [];
}

function checkRules({ before, after }: ResourceChange): Finding[] {
  const now = new Map(toRules(after).map((rule) => [rule.name, rule]));
  const then = new Map(toRules(before).map((rule) => [rule.name, rule]));
  return [
    ...checkOrder(then, now),
    ...[...then].flatMap(([name, rule]) => checkRule(String(name), rule, now.get(name))),
    ...[...now]
      .filter(([name, rule]) => !then.has(name) && toActionName(rule.action) === "allow")
      .map(
        ([name]): Finding => ({
          severity: "attention",
          subject,
          text: `the new rule ${toCodeSpan(name)} lets through what it fits, past all rules behind it`,
        }),
      ),
  ];
}

type Rules = ReadonlyMap<unknown, Attributes>;

/** The first rule that allows or blocks ends the asking. */
function checkOrder(then: Rules, now: Rules): Finding[] {
  const inOrder = (rules: Rules, others: Rules) =>
    [...rules]
      .filter(([name]) => others.has(name))
      .sort(([, one], [, other]) => Number(one.priority) - Number(other.priority))
      .map(([name]) => name);
  const order = inOrder(now, then);
  return order.join("\n") === inOrder(then, now).join("\n")
    ? []
    : [
        {
          severity: "attention",
          subject,
          text: `its rules are asked in another order: ${order.map(toCodeSpan).join(", ")}`,
        },
      ];
}

function checkRule(name: string, before: Attributes, after: Attributes | undefined): Finding[] {
  const about = (text: string): Finding => ({
    severity: "attention",
    subject,
    text: `rule ${toCodeSpan(name)} ${text}`,
  });
  if (!after) return [about("goes")];
  const found: Finding[] = [];
  const [was, is] = [toActionName(before.action), toActionName(after.action)];
  if (was !== is && strictness(is) < strictness(was))
    found.push(about(`answers ${toCodeSpan(is)} where it did ${toCodeSpan(was)}`));
  const [override, overridden] = [toActionName(before.override_action), toActionName(after.override_action)];
  if (override !== "count" && overridden === "count") found.push(about("only counts"));
  const [limit, newLimit] = [findRateLimit(before.statement), findRateLimit(after.statement)];
  if (limit !== undefined && newLimit !== undefined && newLimit > limit) {
    found.push(about(`lets ${newLimit} requests through where it did ${limit}`));
  }
  // What else a statement says is not ranked: who reads the plan has to.
  if (
    found.length === 0 &&
    toComparableStatement(before.statement) !== toComparableStatement(after.statement)
  ) {
    found.push(about("fits other requests than before"));
  }
  return found;
}

const toRules = ({ rule }: Attributes): Attributes[] => (Array.isArray(rule) ? rule : []);

/** The one block within an action: an object, or a list of one, whose members are lists that are empty but for one. */
function toActionName(action: unknown): string {
  const block = Array.isArray(action) ? action[0] : action;
  const set = Object.entries(block ?? {}).find(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return set?.[0] ?? "nothing";
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html */
const strictness = (action: string): number =>
  ["allow", "nothing", "count", "challenge", "captcha", "block"].indexOf(action);

const toComparableStatement = (statement: unknown): string =>
  JSON.stringify(statement ?? null, (name, value) => (name === "limit" ? undefined : value));

/** The limit of a statement by rate, wherever it stands. */
function findRateLimit(statement: unknown): number | undefined {
  if (typeof statement !== "object" || statement === null) return undefined;
  for (const [name, value] of Object.entries(statement)) {
    if (name === "limit" && typeof value === "number") return value;
    const within = findRateLimit(value);
    if (within !== undefined) return within;
  }
  return undefined;
}
