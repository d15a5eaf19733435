import { code } from "../code-span.ts";
import { isSensitive, isUnknown } from "../differences.ts";
import type { Finding } from "../finding.ts";
import type { Attributes, ResourceChange } from "../plan.ts";

const subject = "Network";

/** A way in or out that was not there before. */
export function openedNetwork(change: ResourceChange): Finding[] {
  if (change.effect === "destroy" || change.effect === "forget") return closed(change);
  switch (change.type) {
    case "aws_vpc_security_group_ingress_rule":
      return rule(change, "in");
    case "aws_vpc_security_group_egress_rule":
      return rule(change, "out");
    case "aws_security_group_rule":
      return rule(change, change.after.type === "egress" ? "out" : "in");
    case "aws_default_security_group":
    case "aws_security_group":
      return [...inline(change, "ingress"), ...inline(change, "egress")];
    case "mongodbatlas_project_ip_access_list":
      return accessList(change);
    case "aws_s3_account_public_access_block":
    case "aws_s3_bucket_public_access_block":
      return publicAccess(change);
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
const reach = [...sources, "ip_protocol", "protocol", "from_port", "to_port"] as const;

function rule(change: ResourceChange, direction: Direction): Finding[] {
  return reachOf(change.before) !== reachOf(change.after) || change.effect !== "change"
    ? [
        opened(
          change.after,
          direction,
          sources.some((name) => isUnknown(change, name)),
          sources.some((name) => isSensitive(change, name)),
        ),
      ]
    : [];
}

function inline(change: ResourceChange, attribute: "ingress" | "egress"): Finding[] {
  if (isUnknown(change, attribute)) {
    return [
      {
        severity: "attention",
        subject,
        text: `${code(attribute)} is known only after the apply: read it in the code`,
      },
    ];
  }
  const before = new Set(rules(change.before[attribute]).map(reachOf));
  return rules(change.after[attribute])
    .filter((item) => !before.has(reachOf(item)))
    .map((item) =>
      opened(item, attribute === "ingress" ? "in" : "out", false, isSensitive(change, attribute)),
    );
}

/** Whom a rule lets to what, whatever it is called. */
const reachOf = (rule: Attributes): string => JSON.stringify(reach.map((name) => rule[name] ?? null));

type Direction = "in" | "out";

const rules = (value: unknown): Attributes[] => (Array.isArray(value) ? value : []);

/** Half of the internet is everybody, too. */
export const isEverybody = (range: unknown): boolean => /[.:]\d*\/[0-7]$/.test(String(range));

function opened(
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
      ? others.map((other) => code(other === true ? "itself" : other)).join(", ")
      : isSourceUnknown
        ? "a group that is made with it"
        : "somebody";
  const { from_port: from, to_port: to } = rule;
  const protocol = rule.ip_protocol ?? rule.protocol;
  const all = protocol === "-1";
  const ports = all
    ? "every port"
    : from === to
      ? `port ${code(from)}`
      : `ports ${code(from)} to ${code(to)}`;
  const by = all ? "" : ` by ${code(protocol)}`;
  const text = direction === "in" ? `lets ${who} in to ${ports}${by}` : `lets out to ${who}, ${ports}${by}`;
  return { severity: others.some(isEverybody) && direction === "in" ? "danger" : "attention", subject, text };
}

function accessList(change: ResourceChange): Finding[] {
  const { after } = change;
  const from = after.cidr_block ?? after.ip_address ?? after.aws_security_group;
  return [
    {
      severity: isEverybody(from) ? "danger" : "attention",
      subject,
      text: `the database can be reached from ${from ? code(from) : "an address that is known only after the apply"}`,
    },
  ];
}

const blocks = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

function publicAccess({ after }: ResourceChange): Finding[] {
  const open = blocks.filter((name) => after[name] === false);
  return open.length === 0
    ? []
    : [
        {
          severity: "danger",
          subject,
          text: `the bucket may be made public: ${open.map(code).join(", ")} is off`,
        },
      ];
}

function closed({ type }: ResourceChange): Finding[] {
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
