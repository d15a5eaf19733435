import { code } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import type { Finding, Severity } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";
import { isEverybody } from "./network.ts";

const finding = (severity: Severity, text: string): Finding => ({ severity, subject: "Network", text });

/** A way is opened by other means than a rule of a security group. */
export function openedWays(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget" || change.effect === "import") return [];
  return [...(opens[change.type]?.(change) ?? []), ...groups(change)];
}

const opens: Readonly<Record<string, (change: ResourceChange) => Finding[]>> = {
  aws_default_network_acl: subnetRules,
  aws_ec2_managed_prefix_list: ({ before, after }) =>
    added(before.entry, after.entry).map(({ cidr }) => inList(cidr)),
  aws_ec2_managed_prefix_list_entry: ({ after }) => [inList(after.cidr)],
  aws_egress_only_internet_gateway: gateway,
  aws_internet_gateway: gateway,
  aws_nat_gateway: gateway,
  aws_network_acl: subnetRules,
  aws_network_acl_rule: ({ after }) =>
    after.rule_action === "allow" ? [subnetRule(after, after.egress === true)] : [],
  aws_route: (change) => [route(change.after, change)],
  aws_route_table: (change) =>
    added(change.before.route, change.after.route).map((item) => route(item, change)),
  aws_s3_bucket_acl: ({ after }) =>
    /public|authenticated-read|AllUsers|AuthenticatedUsers/.test(JSON.stringify(after))
      ? [finding("danger", "lets everybody at the bucket's objects")]
      : [],
  aws_vpc_peering_connection: () => [finding("attention", "joins another network to ours")],
};

const inList = (cidr: unknown): Finding =>
  finding(
    isEverybody(cidr) ? "danger" : "attention",
    `${code(cidr)} may go wherever the list is let in or out`,
  );

function gateway({ effect }: ResourceChange): Finding[] {
  return effect === "create" ? [finding("attention", "is a way between the network and the internet")] : [];
}

function subnetRules({ before, after }: ResourceChange): Finding[] {
  return ["ingress", "egress"].flatMap((attribute) =>
    added(before[attribute], after[attribute])
      .filter(({ action }) => action === "allow")
      .map((rule) => subnetRule(rule, attribute === "egress")),
  );
}

function subnetRule(rule: Attributes, isOut: boolean): Finding {
  const who = rule.cidr_block || rule.ipv6_cidr_block;
  return finding(
    "attention",
    `the subnets let ${code(who)} ${isOut ? "be reached" : "in"}, for all that their groups let`,
  );
}

function route(to: Attributes, change: ResourceChange): Finding {
  const destination =
    to.destination_cidr_block || to.destination_ipv6_cidr_block || to.cidr_block || to.ipv6_cidr_block;
  const where =
    destination && !isSensitive(change, "destination_cidr_block") ? code(destination) : "somewhere";
  return finding("attention", `a route leads to ${where}`);
}

/** Items of a list that were not there before. */
function added(before: unknown, after: unknown): Attributes[] {
  const then = new Set([before ?? []].flat().map((item) => JSON.stringify(item)));
  return ([after ?? []].flat() as Attributes[]).filter((item) => !then.has(JSON.stringify(item)));
}

/** What stands behind security groups stands behind one more, which may let in others. */
function groups(change: ResourceChange): Finding[] {
  if (change.effect === "create") return [];
  return ["security_group_ids", "vpc_security_group_ids", "security_groups"].flatMap((attribute) => {
    const [then, now] = [change.before[attribute], change.after[attribute]];
    if (!Array.isArray(then) || then.length === 0) return [];
    if (isUnknown(change, attribute))
      return [finding("attention", `${code(attribute)} is known only after the apply`)];
    const more = [now ?? []].flat().filter((group) => !then.includes(group));
    return more.length > 0
      ? [finding("attention", `is reached by what ${more.map(code).join(", ")} lets in, too`)]
      : [];
  });
}
