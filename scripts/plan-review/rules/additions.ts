import { isPublicRange, namesOwner } from "../conditions.ts";
import { isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan, toCodeSpans, unknownYet } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../resource-change.ts";

/** What an item allows, and whether that is critical; undefined if it allows nothing. */
type Description = readonly [text: string, isCritical?: boolean] | undefined;

/** An attribute is a list, of which each new item allows something; "" is the resource as a whole. */
type Row = readonly [
  ...[subject: string, type: RegExp, attribute: string],
  describe: (item: Attributes, change: ResourceChange, isEgress: boolean) => Description,
];

const rows: readonly Row[] = [
  ["Network", /^aws_(default_)?security_group$/, "ingress", describeRule],
  ["Network", /^aws_(default_)?security_group$/, "egress", describeRule],
  ["Network", /^aws_(vpc_)?security_group_(ingress_|egress_)?rule$/, "", describeRule],
  ["Network", /^aws_(default_)?network_acl$/, "ingress", describeAclRule],
  ["Network", /^aws_(default_)?network_acl$/, "egress", describeAclRule],
  ["Network", /^aws_network_acl_rule$/, "", describeAclRule],
  ["Network", /^aws_route$/, "", describeRoute],
  ["Network", /^aws_route_table$/, "route", describeRoute],
  ["Network", /^aws_ec2_managed_prefix_list$/, "entry", describePrefix],
  ["Network", /^aws_ec2_managed_prefix_list_entry$/, "", describePrefix],
  ["Network", /^mongodbatlas_project_ip_access_list$/, "", describeAddress],
  ["Permissions", /^aws_iam_((role|user|group)_)?policy_attachment$/, "", describeAttachment],
  ["Permissions", /^aws_iam_.*_policy_attachments_exclusive$/, "policy_arns", describeAttachment],
  ["Permissions", /^aws_iam_role$/, "managed_policy_arns", describeAttachment],
  ["Permissions", /^aws_lambda_(layer_version_)?permission$/, "", describeCaller],
  ["Permissions", /^mongodbatlas_database_user$/, "roles", describeRole],
];

/** A change adds a network path or a permission, other than by the text of a policy. */
export function checkAdditions(change: ResourceChange): Finding[] {
  if (isRemoval(change)) return [];
  const own = rows.filter(([, type]) => type.test(change.type));
  return own.flatMap(([subject, , attribute, describe]) => {
    const toFinding = findingsAbout(subject);
    const isSet = change.inputs?.has(attribute) ?? true;
    if (isSet && isUnknown(change, attribute)) return [toFinding(`${toCodeSpan(attribute)} ${unknownYet}`)];
    const [before, after] = [change.before, change.after].map((side) => toItems(attribute ? side[attribute] : side));
    const old = new Set(before!.map(toKey));
    return after!.flatMap((item) => {
      const isEgress = [attribute, item?.type, item?.egress === true && "egress"].includes("egress");
      const [text, isCritical] = (!old.has(toKey(item)) && describe(item, change, isEgress)) || [];
      return text ? [toFinding(text, isCritical)] : [];
    });
  });
}

const toItems = (value: unknown) => [value ?? []].flat() as Attributes[];

/** What tells an item from others: all but what allows nothing. */
const toKey = (item: Attributes): string =>
  JSON.stringify(item, (name, value) =>
    /^(description|tags|tags_all|id|arn)$/.test(name) ? undefined : (value ?? undefined),
  );

const sources = [
  ...["cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks", "cidr_block", "ipv6_cidr_block", "prefix_list_id"],
  ...["prefix_list_ids", "referenced_security_group_id", "source_security_group_id", "security_groups", "self"],
];

const findPeers = (rule: Attributes): unknown[] =>
  sources.flatMap((name) => toItems(rule[name]) as unknown[]).filter((peer) => peer !== false && peer !== "");

function describeRule(rule: Attributes, change: ResourceChange, isEgress: boolean): Description {
  const peers = findPeers(rule);
  const isNew = sources.some((name) => isUnknown(change, name));
  const named = toCodeSpans(peers.map((each) => (each === true ? "itself" : each)));
  const peer = named || (isNew ? "a group that is created with it" : "an unnamed source");
  const { from_port: from, to_port: to, ip_protocol: protocol = rule.protocol } = rule;
  const range = from === to ? `port ${toCodeSpan(from)}` : `ports ${toCodeSpan(from)} to ${toCodeSpan(to)}`;
  const ports = protocol === "-1" ? "every port" : `${range} by ${toCodeSpan(protocol)}`;
  const isOutbound = isEgress || change.type.endsWith("egress_rule");
  return [`allows traffic ${isOutbound ? "to" : "from"} ${peer}, ${ports}`, !isOutbound && peers.some(isPublicRange)];
}

function describeAclRule(rule: Attributes, _: ResourceChange, isEgress: boolean): Description {
  if ((rule.rule_action ?? rule.action) !== "allow") return undefined;
  const peer = `${isEgress ? "to" : "from"} ${toCodeSpan(findPeers(rule)[0])}`;
  return [`the subnets allow traffic ${peer}, where their security groups allow it too`];
}

function describeRoute(route: Attributes): Description {
  const [, destination] = Object.entries(route).find(([name, value]) => /cidr_block$/.test(name) && value) ?? [];
  return [`a route leads to ${destination ? toCodeSpan(destination) : "an address that is not shown"}`];
}

function describePrefix({ cidr }: Attributes): Description {
  return [`${toCodeSpan(cidr)} is allowed wherever the list is allowed`, isPublicRange(cidr)];
}

function describeAddress({ cidr_block, ip_address, aws_security_group }: Attributes): Description {
  const source = cidr_block ?? ip_address ?? aws_security_group;
  const address = source ? toCodeSpan(source) : "an address that is known only after the apply";
  return [`the database can be reached from ${address}`, isPublicRange(source)];
}

function describeAttachment(item: unknown, { type, after }: ResourceChange): Description {
  const policy = item === after ? after.policy_arn : item;
  const principal = after.role ?? after.role_name ?? after.user ?? after.group;
  const target = typeof principal === "string" && type.includes("attachment") ? ` to ${toCodeSpan(principal)}` : "";
  const isPowerful = /\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/.test(String(policy));
  return [`${policy ? toCodeSpan(policy) : "a policy"} is attached${target}`, isPowerful];
}

function describeCaller({ principal, action, source_arn: source, ...caller }: Attributes): Description {
  const limits = [source, caller.source_account, caller.principal_org_id, caller.organization_id];
  const isLimited = limits.some((owner) => typeof owner === "string" && namesOwner(owner));
  const callee = toCodeSpan(caller.function_name ?? caller.layer_name);
  const text = `${toCodeSpan(principal)} may ${toCodeSpan(action)} on ${callee}`;
  return [text + (source ? ` for ${toCodeSpan(source)}` : ""), principal === "*" && !isLimited];
}

/** https://www.mongodb.com/docs/atlas/mongodb-users-roles-and-privileges/ */
const privilegedRoles = /^(atlasAdmin|\w*AnyDatabase|backup|clusterMonitor|enableSharding)\b/;

function describeRole({ role_name, database_name, collection_name }: Attributes): Description {
  const role = [role_name, database_name, collection_name].filter(Boolean).join(" on ");
  return [`gets ${toCodeSpan(role)} in the database`, privilegedRoles.test(role)];
}
