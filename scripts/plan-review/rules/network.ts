import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const subject = "Network";

/** A way in or out that was not there before. */
export function checkNetworkAccess(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget") return checkRemovedBlock(change);
  switch (change.type) {
    case "aws_vpc_security_group_ingress_rule":
      return checkSecurityGroupRule(change, "in");
    case "aws_vpc_security_group_egress_rule":
      return checkSecurityGroupRule(change, "out");
    case "aws_security_group_rule":
      return checkSecurityGroupRule(change, change.after.type === "egress" ? "out" : "in");
    case "aws_default_security_group":
    case "aws_security_group":
      return [...checkInlineRules(change, "ingress"), ...checkInlineRules(change, "egress")];
    case "mongodbatlas_project_ip_access_list":
      return checkAccessList(change);
    case "aws_s3_account_public_access_block":
    case "aws_s3_bucket_public_access_block":
      return checkPublicAccessBlock(change);
    case "aws_lambda_function_url":
      return change.after.authorization_type === "NONE"
        ? [{ severity: "danger", subject, text: "anybody may call the function by its URL" }]
        : [];
    default:
      return [];
  }
}

const sources = [
  "cidr_ipv4",
  "cidr_ipv6",
  "cidr_blocks",
  "ipv6_cidr_blocks",
  "prefix_list_id",
  "prefix_list_ids",
  "referenced_security_group_id",
  "source_security_group_id",
  "security_groups",
  "self",
] as const;

/** The attributes of a rule that say who reaches what. */
const ruleAttributes = [...sources, "ip_protocol", "protocol", "from_port", "to_port"] as const;

function checkSecurityGroupRule(change: ResourceChange, direction: Direction): Finding[] {
  return toRuleKey(change.before) !== toRuleKey(change.after) || change.effect !== "change"
    ? [
        describeRule(
          change.after,
          direction,
          sources.some((name) => isUnknown(change, name)),
          sources.some((name) => isSensitive(change, name)),
        ),
      ]
    : [];
}

function checkInlineRules(change: ResourceChange, attribute: "ingress" | "egress"): Finding[] {
  if (isUnknown(change, attribute)) {
    return [
      {
        severity: "attention",
        subject,
        text: `${toCodeSpan(attribute)} is known only after the apply: read it in the code`,
      },
    ];
  }
  const before = new Set(toRules(change.before[attribute]).map(toRuleKey));
  return toRules(change.after[attribute])
    .filter((item) => !before.has(toRuleKey(item)))
    .map((item) =>
      describeRule(item, attribute === "ingress" ? "in" : "out", false, isSensitive(change, attribute)),
    );
}

/** Whom a rule lets to what, whatever it is called. */
const toRuleKey = (rule: Attributes): string =>
  JSON.stringify(ruleAttributes.map((name) => rule[name] ?? null));

type Direction = "in" | "out";

const toRules = (value: unknown): Attributes[] => (Array.isArray(value) ? value : []);

/** Half of the internet is everybody, too. */
export const isPublicRange = (range: unknown): boolean => /[.:]\d*\/[0-7]$/.test(String(range));

function describeRule(
  rule: Attributes,
  direction: Direction,
  isSourceUnknown: boolean,
  isSourceSensitive: boolean,
): Finding {
  const others = sources
    .flatMap((name) => [rule[name] ?? []].flat())
    .filter((value) => value !== false && value !== "");
  const who = isSourceSensitive
    ? "an address that is sensitive"
    : others.length > 0
      ? others.map((other) => toCodeSpan(other === true ? "itself" : other)).join(", ")
      : isSourceUnknown
        ? "a group that is made with it"
        : "somebody";
  const { from_port: from, to_port: to } = rule;
  const protocol = rule.ip_protocol ?? rule.protocol;
  const all = protocol === "-1";
  const ports = all
    ? "every port"
    : from === to
      ? `port ${toCodeSpan(from)}`
      : `ports ${toCodeSpan(from)} to ${toCodeSpan(to)}`;
  const by = all ? "" : ` by ${toCodeSpan(protocol)}`;
  const text = direction === "in" ? `lets ${who} in to ${ports}${by}` : `lets out to ${who}, ${ports}${by}`;
  return {
    severity: others.some(isPublicRange) && direction === "in" ? "danger" : "attention",
    subject,
    text,
  };
}

function checkAccessList(change: ResourceChange): Finding[] {
  const { after } = change;
  const from = after.cidr_block ?? after.ip_address ?? after.aws_security_group;
  return [
    {
      severity: isPublicRange(from) ? "danger" : "attention",
      subject,
      text: `the database can be reached from ${from ? toCodeSpan(from) : "an address that is known only after the apply"}`,
    },
  ];
}

const blocks = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

function checkPublicAccessBlock({ after }: ResourceChange): Finding[] {
  const open = blocks.filter((name) => after[name] === false);
  return open.length === 0
    ? []
    : [
        {
          severity: "danger",
          subject,
          text: `the bucket may be made public: ${open.map(toCodeSpan).join(", ")} is off`,
        },
      ];
}

function checkRemovedBlock({ type }: ResourceChange): Finding[] {
  return type === "aws_s3_bucket_public_access_block"
    ? [
        {
          severity: "danger",
          subject,
          text: "goes, and nothing else keeps the bucket from being made public",
        },
      ]
    : [];
}
