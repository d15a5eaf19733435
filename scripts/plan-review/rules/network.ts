import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Network");

/** A security group, an access list, a bucket or a function URL allows access that it did not allow before. */
export function checkNetworkAccess(change: ResourceChange): Finding[] {
  const { type, after } = change;
  if (isRemoval(change)) {
    return type === "aws_s3_bucket_public_access_block" ? [critical("is removed: the bucket can be made public")] : [];
  }
  switch (type) {
    case "aws_vpc_security_group_ingress_rule":
      return checkSecurityGroupRule(change, "ingress");
    case "aws_vpc_security_group_egress_rule":
      return checkSecurityGroupRule(change, "egress");
    case "aws_security_group_rule":
      return checkSecurityGroupRule(change, after.type === "egress" ? "egress" : "ingress");
    case "aws_default_security_group":
    case "aws_security_group":
      return [...checkInlineRules(change, "ingress"), ...checkInlineRules(change, "egress")];
    case "mongodbatlas_project_ip_access_list":
      return checkAccessList(change);
    case "aws_s3_account_public_access_block":
    case "aws_s3_bucket_public_access_block":
      return checkPublicAccessBlock(change);
    case "aws_lambda_function_url":
      return after.authorization_type === "NONE" ? [critical("anyone may call the function by its URL")] : [];
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

/** The attributes of a rule that decide what it allows. */
const ruleAttributes = [...sources, "ip_protocol", "protocol", "from_port", "to_port"] as const;

type Direction = "ingress" | "egress";

function checkSecurityGroupRule(change: ResourceChange, direction: Direction): Finding[] {
  if (change.effect === "change" && toRuleKey(change.before) === toRuleKey(change.after)) return [];
  const someSource = (test: typeof isUnknown) => sources.some((name) => test(change, name));
  return [describeRule(change.after, direction, someSource(isUnknown), someSource(isSensitive))];
}

function checkInlineRules(change: ResourceChange, direction: Direction): Finding[] {
  if (isUnknown(change, direction)) {
    return [warning(`${toCodeSpan(direction)} is known only after the apply: read it in the code`)];
  }
  const before = new Set(toRules(change.before[direction]).map(toRuleKey));
  return toRules(change.after[direction])
    .filter((rule) => !before.has(toRuleKey(rule)))
    .map((rule) => describeRule(rule, direction, false, isSensitive(change, direction)));
}

/** What a rule allows, whatever its description. */
const toRuleKey = (rule: Attributes): string => JSON.stringify(ruleAttributes.map((name) => rule[name] ?? null));

const toRules = (value: unknown): Attributes[] => (Array.isArray(value) ? value : []);

/** Whether a range holds the internet, or at least 1/128 of it. */
export const isPublicRange = (range: unknown): boolean => /[.:]\d*\/[0-7]$/.test(String(range));

function describeRule(
  rule: Attributes,
  direction: Direction,
  isSourceUnknown: boolean,
  isSourceSensitive: boolean,
): Finding {
  const peers = sources.flatMap((name) => [rule[name] ?? []].flat()).filter((value) => value !== false && value !== "");
  const peer = isSourceSensitive
    ? "an address that is sensitive"
    : peers.map((each) => toCodeSpan(each === true ? "itself" : each)).join(", ") ||
      (isSourceUnknown ? "a group that is created with it" : "an unnamed source");
  const { from_port: from, to_port: to } = rule;
  const protocol = rule.ip_protocol ?? rule.protocol;
  const range = from === to ? `port ${toCodeSpan(from)}` : `ports ${toCodeSpan(from)} to ${toCodeSpan(to)}`;
  const ports = protocol === "-1" ? "every port" : `${range} by ${toCodeSpan(protocol)}`;
  const isInbound = direction === "ingress";
  const finding = isInbound && peers.some(isPublicRange) ? critical : warning;
  return finding(`allows traffic ${isInbound ? "from" : "to"} ${peer}, ${ports}`);
}

function checkAccessList({ after }: ResourceChange): Finding[] {
  const source = after.cidr_block ?? after.ip_address ?? after.aws_security_group;
  const finding = isPublicRange(source) ? critical : warning;
  const address = source ? toCodeSpan(source) : "an address that is known only after the apply";
  return [finding(`the database can be reached from ${address}`)];
}

const blocks = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

function checkPublicAccessBlock({ after }: ResourceChange): Finding[] {
  const open = blocks.filter((name) => after[name] === false).map(toCodeSpan);
  return open.length === 0 ? [] : [critical(`the bucket can be made public: ${open.join(", ")} is off`)];
}
