import { isPublicRange } from "../conditions.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan, unknownYet } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../plan.ts";
import type { Rule } from "./rule.ts";

const { warning, critical } = findingsAbout("Network");

/** A rule, a route or a security group opens a network path. */
export function checkNetwork(change: ResourceChange): Finding[] {
  if (isRemoval(change) || change.effect === "import") return [];
  return [...(checks[change.type]?.(change) ?? []), ...checkSecurityGroups(change)];
}

const checks: Readonly<Record<string, Rule>> = {
  aws_default_network_acl: checkNetworkAcl,
  aws_default_security_group: checkInlineRules,
  aws_ec2_managed_prefix_list: ({ before, after }) => findAdded(before.entry, after.entry).map(checkPrefix),
  aws_ec2_managed_prefix_list_entry: ({ after }) => [checkPrefix(after)],
  aws_network_acl: checkNetworkAcl,
  aws_network_acl_rule: ({ after }) => describeAclRule({ ...after, action: after.rule_action }, after.egress === true),
  aws_route: (change) => [describeRoute(change.after, change)],
  aws_route_table: (change) =>
    findAdded(change.before.route, change.after.route).map((to) => describeRoute(to, change)),
  aws_security_group: checkInlineRules,
  aws_security_group_rule: (change) => checkRule(change, change.after.type !== "egress"),
  aws_vpc_security_group_egress_rule: (change) => checkRule(change, false),
  aws_vpc_security_group_ingress_rule: (change) => checkRule(change, true),
  mongodbatlas_project_ip_access_list: checkAccessList,
};

const findingAbout = (...sources: readonly unknown[]) => (sources.some(isPublicRange) ? critical : warning);

const checkPrefix = ({ cidr }: Attributes): Finding =>
  findingAbout(cidr)(`${toCodeSpan(cidr)} is allowed wherever the list is allowed`);

const directions = ["ingress", "egress"];

function checkNetworkAcl({ before, after }: ResourceChange): Finding[] {
  const describe = (name: string) => (rule: Attributes) => describeAclRule(rule, name === "egress");
  return directions.flatMap((name) => findAdded(before[name], after[name]).flatMap(describe(name)));
}

function describeAclRule({ action, ...rule }: Attributes, isEgress: boolean): Finding[] {
  const peer = `${isEgress ? "to" : "from"} ${toCodeSpan(rule.cidr_block || rule.ipv6_cidr_block)}`;
  if (action !== "allow") return [];
  return [warning(`the subnets allow traffic ${peer}, where their security groups allow it too`)];
}

function describeRoute(to: Attributes, change: ResourceChange): Finding {
  const [, destination] = Object.entries(to).find(([name, value]) => /cidr_block$/.test(name) && value) ?? [];
  const isShown = destination && !isSensitive(change, "destination_cidr_block");
  return warning(`a route leads to ${isShown ? toCodeSpan(destination) : "an address that is not shown"}`);
}

const toItems = (value: unknown) => [value ?? []].flat() as Attributes[];

/** Items of a list that were not in it before, whatever their other attributes than the named ones. */
function findAdded(before: unknown, after: unknown, names?: string[]): Attributes[] {
  const toKey = (item: Attributes) => JSON.stringify(names?.map((name) => item[name] ?? null) ?? item);
  const old = new Set(toItems(before).map(toKey));
  return toItems(after).filter((item) => !old.has(toKey(item)));
}

/** A resource gets one more security group, which may allow other sources. */
function checkSecurityGroups({ effect, differences }: ResourceChange): Finding[] {
  return differences.flatMap(({ path, before, after, unknown }) => {
    if (effect === "create" || !/(^|\.)((vpc_)?security_group_ids|security_groups)$/.test(path) || !toItems(before)[0])
      return [];
    if (unknown) return [warning(`${toCodeSpan(path)} is known only after the apply`)];
    const added = findAdded(before, after).map(toCodeSpan).join(", ");
    return added ? [warning(`can also be reached by the sources that ${added} allows`)] : [];
  });
}

const sources = [
  ...["cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_id", "prefix_list_ids"],
  ...["referenced_security_group_id", "source_security_group_id", "security_groups", "self"],
];

/** The attributes of a rule that decide what it allows. */
const ruleAttributes = [...sources, "ip_protocol", "protocol", "from_port", "to_port"];

function checkRule(change: ResourceChange, isInbound: boolean): Finding[] {
  if (change.effect === "change" && findAdded(change.before, change.after, ruleAttributes).length === 0) return [];
  const someSource = (test: typeof isUnknown) => sources.some((name) => test(change, name));
  return [describeRule(change.after, isInbound, someSource(isSensitive), someSource(isUnknown))];
}

function checkInlineRules(change: ResourceChange): Finding[] {
  return directions.flatMap((name) => {
    if (isUnknown(change, name)) return [warning(`${toCodeSpan(name)} ${unknownYet}`)];
    const added = findAdded(change.before[name], change.after[name], ruleAttributes);
    return added.map((rule) => describeRule(rule, name === "ingress", isSensitive(change, name)));
  });
}

function describeRule(rule: Attributes, isInbound: boolean, isSecret: boolean, isNew = false): Finding {
  const peers = sources.flatMap((name) => [rule[name] ?? []].flat()).filter((peer) => peer !== false && peer !== "");
  const unnamed = isNew ? "a group that is created with it" : "an unnamed source";
  const named = peers.map((each) => toCodeSpan(each === true ? "itself" : each)).join(", ") || unnamed;
  const { from_port: from, to_port: to, ip_protocol: protocol = rule.protocol } = rule;
  const range = from === to ? `port ${toCodeSpan(from)}` : `ports ${toCodeSpan(from)} to ${toCodeSpan(to)}`;
  const ports = protocol === "-1" ? "every port" : `${range} by ${toCodeSpan(protocol)}`;
  const peer = `${isInbound ? "from" : "to"} ${isSecret ? "an address that is sensitive" : named}`;
  return findingAbout(...(isInbound ? peers : []))(`allows traffic ${peer}, ${ports}`);
}

function checkAccessList({ after }: ResourceChange): Finding[] {
  const source = after.cidr_block ?? after.ip_address ?? after.aws_security_group;
  const address = source ? toCodeSpan(source) : "an address that is known only after the apply";
  return [findingAbout(source)(`the database can be reached from ${address}`)];
}
