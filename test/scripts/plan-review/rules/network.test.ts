import { expect } from "chai";
import { evaluate } from "../../../../scripts/plan-review/evaluate.ts";
import { readPlan } from "../../../../scripts/plan-review/plan.ts";
import { type Case, itFinds, toPlanJson } from "../plans.ts";

const ingress = (after: object, finding: string | RegExp): Case => [
  "aws_vpc_security_group_ingress_rule",
  "create",
  finding,
  { after: { ...after } },
];
const inline = { cidr_blocks: ["10.0.0.0/8"], protocol: "tcp", from_port: 1, to_port: 9 };
const accessList = "mongodbatlas_project_ip_access_list";
const subnets = "warning: the subnets allow traffic from";
const everywhere = "0.0.0.0/0";

describe("a review finds new access from the network:", () => {
  itFinds([
    ingress(
      { referenced_security_group_id: "sg-1", from_port: 6379, to_port: 6379, ip_protocol: "tcp" },
      "warning: allows traffic from `sg-1`, port `6379` by `tcp`",
    ),
    ingress({ cidr_ipv4: everywhere, ip_protocol: "-1" }, "critical: allows traffic from `0.0.0.0/0`, every port"),
    ingress({ cidr_ipv4: "128.0.0.0/1" }, /^critical: allows traffic from `128\.0\.0\.0\/1`/),
    [
      "aws_security_group",
      { ingress: [[], [inline]] },
      "warning: allows traffic from `10.0.0.0/8`, ports `1` to `9` by `tcp`",
    ],
    ["aws_security_group", { ingress: [[{ ...inline, description: "a" }], [{ ...inline, description: "b" }]] }],
    [accessList, { cidr_block: [null, "8000::/1"] }, "critical: the database can be reached from `8000::/1`"],
    ["aws_ec2_managed_prefix_list_entry", { cidr: [null, everywhere] }, /^critical: `0\.0\.0\.0\/0` is allowed/],
    [
      "aws_ec2_managed_prefix_list",
      { entry: [[{ cidr: "10.0.0.0/8" }], [{ cidr: "10.0.0.0/8", description: "b" }, { cidr: everywhere }]] },
      "critical: `0.0.0.0/0` is allowed wherever the list is allowed",
    ],
    [
      "aws_network_acl_rule",
      { rule_action: [null, "allow"], ipv6_cidr_block: [null, "::/0"] },
      `${subnets} \`::/0\`, where their security groups allow it too`,
    ],
    ["aws_network_acl_rule", { rule_action: [null, "allow"], cidr_block: [null, everywhere] }, RegExp(`^${subnets}`)],
    [
      "aws_network_acl",
      { ingress: [[], [{ action: "allow", cidr_block: "10.0.0.0/8" }]] },
      `${subnets} \`10.0.0.0/8\`, where their security groups allow it too`,
    ],
    ["aws_route", { destination_cidr_block: [null, everywhere] }, "warning: a route leads to `0.0.0.0/0`"],
    [
      "aws_vpc_endpoint",
      { security_group_ids: [["a"], ["a", "b"]] },
      "warning: `security_group_ids` also has `b`: its sources can reach the resource too",
    ],
  ]);
});

const ingressRule = "aws_vpc_security_group_ingress_rule";
const existing = { cidr_ipv4: "10.0.0.0/8", ip_protocol: "-1", security_group_id: "sg-1" };
const unknownList = /is known only after the apply: read it in the code$/;

describe("a review of network rules", () => {
  itFinds([
    ["aws_instance", { vpc_security_group_ids: [[], ["a"]] }],
    ["aws_instance", { vpc_security_group_ids: [["a"]] }, unknownList, { unknown: { vpc_security_group_ids: true } }],
    ["aws_route_table", { route: [[]] }, unknownList, { unknown: { route: true } }],
    ["aws_network_acl", { ingress: [[]] }, unknownList, { unknown: { ingress: true } }],
    [
      "aws_security_group",
      { egress: [[], [{ ...inline, cidr_blocks: [everywhere] }]] },
      /^warning: allows traffic to `0/,
    ],
    [
      "aws_network_acl_rule",
      "create",
      /^warning: the subnets allow traffic to /,
      { after: { rule_action: "allow", egress: true } },
    ],
    ["aws_network_acl_rule", "create", undefined, { after: { rule_action: "deny" } }],
    // The same rule for another group.
    [
      ingressRule,
      "change",
      /^warning: allows traffic from/m,
      { before: existing, after: { ...existing, security_group_id: "sg-2" } },
    ],
    // A replacement by an equal rule opens nothing.
    [ingressRule, "replace", "warning: is replaced: connections fail", { before: existing, after: existing }],
    [
      ingressRule,
      "change",
      undefined,
      { before: existing, after: { ...existing, description: "text", tags: { a: "b" } } },
    ],
    [
      ingressRule,
      "create",
      "critical: allows traffic from `(sensitive)`, every port",
      { after: { ...existing, cidr_ipv4: everywhere }, sensitive: { cidr_ipv4: true } },
    ],
  ]);

  it("takes rules that the code does not set as none, although AWS reports them after the apply", () => {
    const group = { type: "aws_security_group", effect: "create", unknown: { ingress: true, egress: true } } as const;
    const find = (expressions: object) => {
      const resources = [{ address: "aws_security_group.it", expressions }];
      const plan = readPlan("staging", toPlanJson([group], { configuration: { root_module: { resources } } }));
      return evaluate([plan]).map(({ text }) => text);
    };
    expect(find({ name: {} })).to.deep.equal([]);
    expect(find({ ingress: {} })).to.deep.equal(["`ingress` is known only after the apply: read it in the code"]);
  });
});

const rule = (name: string, { action = "block", priority = 1, limit = 100, ...statement }: RuleOptions = {}) => ({
  name,
  priority,
  // The provider writes the actions that are not set as empty lists.
  action: [{ ...(action === "allow" ? {} : { allow: [] }), [action]: [{}] }],
  statement: [{ rate_based_statement: [{ limit, ...statement }] }],
});
interface RuleOptions {
  readonly action?: string;
  readonly priority?: number;
  readonly limit?: number;
  readonly scope_down_statement?: object[];
}
const acl = (before: object[], after: object[], finding?: string | RegExp, current = "block"): Case => [
  "aws_wafv2_web_acl",
  { rule: [before, after], default_action: [[{ block: [{}] }], [{ [current]: [{}] }]] },
  finding,
];
const rate = rule("rate");
const weaker = "warning: rule `rate`";
const other = `${weaker} matches other requests than before`;
const second = rule("b", { priority: 2 });

describe("a review finds a weaker web ACL:", () => {
  itFinds([
    acl([rate], [], `${weaker} is removed`),
    acl([rate], [rule("rate", { action: "count" })], `${weaker} has the action \`count\`, before: \`block\``),
    acl([rate], [rule("rate", { limit: 200 })], `${weaker} allows 200 requests, before: 100`),
    acl([{ ...rate, statement: [{}] }], [rate], other),
    acl([rate], [rule("rate", { limit: 99, scope_down_statement: [{ geo: 1 }] })], other),
    acl([rate], [{ ...rate, override_action: [{ count: [{}] }] }], `${weaker} only counts`),
    acl(
      [rate, second],
      [rule("rate", { priority: 3 }), second],
      "warning: its rules are evaluated in another order: `b`, `rate`",
    ),
    acl([], [rule("a", { action: "allow" })], /^warning: the new rule `a` allows matching requests/),
    acl([], [], "critical: allows requests that match no rule: `allow`, before: `block`", "allow"),
    ["aws_wafv2_web_acl", { rule: [[rate]] }, /^warning: its rules cannot be evaluated/, { unknown: { rule: true } }],
    acl([rule("rate", { action: "count" })], [rule("rate", { limit: 50 })]),
    // The provider writes an absent text as null or as an empty one.
    acl([{ ...rate, statement: [{ version: null }] }], [{ ...rate, statement: [{ version: "" }] }]),
  ]);
});
