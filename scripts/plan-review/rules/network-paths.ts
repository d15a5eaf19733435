import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import { type Finding, findingsAbout, type Rule } from "../finding.ts";
import { type Attributes, isRemoval, type ResourceChange } from "../plan.ts";
import { isPublicRange } from "./network.ts";

const { warning, critical } = findingsAbout("Network");

/** A network path opens by other means than a rule of a security group. */
export function checkNetworkPaths(change: ResourceChange): Finding[] {
  if (isRemoval(change) || change.effect === "import") return [];
  return [...(checks[change.type]?.(change) ?? []), ...checkSecurityGroups(change)];
}

const checks: Readonly<Record<string, Rule>> = {
  aws_default_network_acl: checkNetworkAcl,
  aws_ec2_managed_prefix_list: ({ before, after }) =>
    findAdded(before.entry, after.entry).map(({ cidr }) => toPrefixListFinding(cidr)),
  aws_ec2_managed_prefix_list_entry: ({ after }) => [toPrefixListFinding(after.cidr)],
  aws_egress_only_internet_gateway: checkGateway,
  aws_internet_gateway: checkGateway,
  aws_nat_gateway: checkGateway,
  aws_network_acl: checkNetworkAcl,
  aws_network_acl_rule: ({ after }) =>
    after.rule_action === "allow" ? [toNetworkAclFinding(after, after.egress === true)] : [],
  aws_route: (change) => [toRouteFinding(change.after, change)],
  aws_route_table: (change) =>
    findAdded(change.before.route, change.after.route).map((item) => toRouteFinding(item, change)),
  aws_s3_bucket_acl: ({ after }) =>
    /public|authenticated-read|AllUsers|AuthenticatedUsers/.test(JSON.stringify(after))
      ? [critical("gives the public access to the bucket's objects")]
      : [],
  aws_vpc_peering_connection: () => [warning("connects another network to ours")],
};

const toPrefixListFinding = (cidr: unknown): Finding =>
  (isPublicRange(cidr) ? critical : warning)(`${toCodeSpan(cidr)} is allowed wherever the list is allowed`);

function checkGateway({ effect }: ResourceChange): Finding[] {
  return effect === "create" ? [warning("connects the network to the internet")] : [];
}

function checkNetworkAcl({ before, after }: ResourceChange): Finding[] {
  return ["ingress", "egress"].flatMap((attribute) =>
    findAdded(before[attribute], after[attribute])
      .filter(({ action }) => action === "allow")
      .map((rule) => toNetworkAclFinding(rule, attribute === "egress")),
  );
}

function toNetworkAclFinding(rule: Attributes, isEgress: boolean): Finding {
  const peer = toCodeSpan(rule.cidr_block || rule.ipv6_cidr_block);
  return warning(
    `the subnets allow traffic ${isEgress ? "to" : "from"} ${peer}, where their security groups allow it too`,
  );
}

function toRouteFinding(to: Attributes, change: ResourceChange): Finding {
  const destination =
    to.destination_cidr_block || to.destination_ipv6_cidr_block || to.cidr_block || to.ipv6_cidr_block;
  const isShown = destination && !isSensitive(change, "destination_cidr_block");
  return warning(`a route leads to ${isShown ? toCodeSpan(destination) : "an address that is not shown"}`);
}

/** Items of a list that were not in it before. */
function findAdded(before: unknown, after: unknown): Attributes[] {
  const old = new Set([before ?? []].flat().map((item) => JSON.stringify(item)));
  return ([after ?? []].flat() as Attributes[]).filter((item) => !old.has(JSON.stringify(item)));
}

/** A resource gets one more security group, which may allow other sources. */
function checkSecurityGroups(change: ResourceChange): Finding[] {
  if (change.effect === "create") return [];
  return ["security_group_ids", "vpc_security_group_ids", "security_groups"].flatMap((attribute) => {
    const before = change.before[attribute];
    if (!Array.isArray(before) || before.length === 0) return [];
    if (isUnknown(change, attribute)) return [warning(`${toCodeSpan(attribute)} is known only after the apply`)];
    const added = [change.after[attribute] ?? []].flat().filter((group) => !before.includes(group));
    return added.length > 0
      ? [warning(`can also be reached by the sources that ${added.map(toCodeSpan).join(", ")} allows`)]
      : [];
  });
}
