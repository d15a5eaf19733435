import { toCodeSpan } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";
import { isPublicRange } from "./network.ts";

const finding = (severity: Severity, text: string): Finding => ({ severity, subject: "Network", text });

/** A way is opened by other means than a rule of a security group. */
export function checkNetworkPaths(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget" || change.effect === "import") return [];
  return [...(checks[change.type]?.(change) ?? []), ...checkSecurityGroups(change)];
}

const checks: Readonly<Record<string, (change: ResourceChange) => Finding[]>> = {
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
      ? [finding("danger", "lets everybody at the bucket's objects")]
      : [],
  aws_vpc_peering_connection: () => [finding("attention", "joins another network to ours")],
};

const toPrefixListFinding = (cidr: unknown): Finding =>
  finding(
    isPublicRange(cidr) ? "danger" : "attention",
    `${toCodeSpan(cidr)} may go wherever the list is let in or out`,
  );

function checkGateway({ effect }: ResourceChange): Finding[] {
  return effect === "create" ? [finding("attention", "is a way between the network and the internet")] : [];
}

function checkNetworkAcl({ before, after }: ResourceChange): Finding[] {
  return ["ingress", "egress"].flatMap((attribute) =>
    findAdded(before[attribute], after[attribute])
      .filter(({ action }) => action === "allow")
      .map((rule) => toNetworkAclFinding(rule, attribute === "egress")),
  );
}

function toNetworkAclFinding(rule: Attributes, isOut: boolean): Finding {
  const who = rule.cidr_block || rule.ipv6_cidr_block;
  return finding(
    "attention",
    `the subnets let ${toCodeSpan(who)} ${isOut ? "be reached" : "in"}, for all that their groups let`,
  );
}

function toRouteFinding(to: Attributes, change: ResourceChange): Finding {
  const destination =
    to.destination_cidr_block || to.destination_ipv6_cidr_block || to.cidr_block || to.ipv6_cidr_block;
  const where =
    destination && !isSensitive(change, "destination_cidr_block") ? toCodeSpan(destination) : "somewhere";
  return finding("attention", `a route leads to ${where}`);
}

/** Items of a list that were not there before. */
function findAdded(before: unknown, after: unknown): Attributes[] {
  const then = new Set([before ?? []].flat().map((item) => JSON.stringify(item)));
  return ([after ?? []].flat() as Attributes[]).filter((item) => !then.has(JSON.stringify(item)));
}

/** What stands behind security groups stands behind one more, which may let in others. */
function checkSecurityGroups(change: ResourceChange): Finding[] {
  if (change.effect === "create") return [];
  return ["security_group_ids", "vpc_security_group_ids", "security_groups"].flatMap((attribute) => {
    const [then, now] = [change.before[attribute], change.after[attribute]];
    if (!Array.isArray(then) || then.length === 0) return [];
    if (isUnknown(change, attribute))
      return [finding("attention", `${toCodeSpan(attribute)} is known only after the apply`)];
    const more = [now ?? []].flat().filter((group) => !then.includes(group));
    return more.length > 0
      ? [finding("attention", `is reached by what ${more.map(toCodeSpan).join(", ")} lets in, too`)]
      : [];
  });
}
