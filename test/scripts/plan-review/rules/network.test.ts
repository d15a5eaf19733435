import { changed, created, destroyed, itFinds, itFindsNothing, type PlannedChange } from "../plans.ts";

const ingress = (after: object) => created("aws_vpc_security_group_ingress_rule", after);
const inline = { cidr_blocks: ["10.0.0.0/8"], protocol: "tcp", from_port: 1, to_port: 9 };

describe("a review finds new access from the network:", () => {
  itFinds({
    "a rule of a security group": [
      ingress({ referenced_security_group_id: "sg-1", from_port: 6379, to_port: 6379, ip_protocol: "tcp" }),
      /^warning: allows traffic from `sg-1`, port `6379` by `tcp`$/,
    ],
    "a rule for the internet": [
      ingress({ cidr_ipv4: "0.0.0.0/0", ip_protocol: "-1" }),
      /^critical: allows traffic from `0\.0\.0\.0\/0`, every port$/,
    ],
    "an inline rule of a security group": [
      changed("aws_security_group", { ingress: [] }, { ingress: [inline] }),
      /^warning: allows traffic from `10\.0\.0\.0\/8`, ports `1` to `9` by `tcp`$/,
    ],
    "half of the internet": [ingress({ cidr_ipv4: "128.0.0.0/1" }), /^critical: allows traffic from `128\.0\.0\.0\/1`/],
    "half of the internet by IPv6": [
      created("mongodbatlas_project_ip_access_list", { cidr_block: "8000::/1" }),
      /^critical: the database can be reached from `8000::\/1`$/,
    ],
    "an entry of a prefix list": [
      created("aws_ec2_managed_prefix_list_entry", { cidr: "0.0.0.0/0" }),
      /^critical: `0\.0\.0\.0\/0` is allowed/,
    ],
    "a rule of a network ACL": [
      created("aws_network_acl_rule", { rule_action: "allow", cidr_block: "0.0.0.0/0", egress: false }),
      /^warning: the subnets allow traffic from `0\.0\.0\.0\/0`/,
    ],
    "an inline rule of a network ACL": [
      changed("aws_network_acl", { ingress: [] }, { ingress: [{ action: "allow", cidr_block: "10.0.0.0/8" }] }),
      /^warning: the subnets allow traffic from `10\.0\.0\.0\/8`/,
    ],
    "a route": [
      created("aws_route", { destination_cidr_block: "0.0.0.0/0", gateway_id: "igw" }),
      /^warning: a route leads to `0\.0\.0\.0\/0`$/,
    ],
    "a gateway to the internet": [created("aws_internet_gateway", {}), /^warning: connects the network/],
    "a public ACL of a bucket": [
      created("aws_s3_bucket_acl", { acl: "public-read" }),
      /^critical: gives the public access/,
    ],
    "one more security group": [
      changed("aws_vpc_endpoint", { security_group_ids: ["a"] }, { security_group_ids: ["a", "b"] }),
      /^warning: can also be reached by the sources that `b` allows$/,
    ],
    "a bucket that can be public": [
      changed("aws_s3_bucket_public_access_block", { block_public_acls: true }, { block_public_acls: false }),
      /^critical: the bucket can be made public: `block_public_acls` is off$/,
    ],
    "an account whose buckets can be public": [
      changed("aws_s3_account_public_access_block", { block_public_acls: true }, { block_public_acls: false }),
      /^critical: the bucket can be made public/,
    ],
  });

  describe("but not in", () => {
    const [before, after] = ["old", "new"].map((description) => ({ ingress: [{ ...inline, description }] }));
    itFindsNothing({ "a new description of a rule": changed("aws_security_group", before!, after!) });
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
const acl = (before: object[], after: object[], [old, current] = ["block", "block"]): PlannedChange =>
  changed(
    "aws_wafv2_web_acl",
    { rule: before, default_action: [{ [old!]: [{}] }] },
    { rule: after, default_action: [{ [current!]: [{}] }] },
  );

describe("a review finds a weaker web ACL:", () => {
  itFinds({
    "a removed rule": [acl([rule("rate")], []), /^warning: rule `rate` is removed$/],
    "a rule that only counts": [
      acl([rule("rate")], [rule("rate", { action: "count" })]),
      /^warning: rule `rate` has the action `count`, before: `block`$/,
    ],
    "a higher limit": [
      acl([rule("rate")], [rule("rate", { limit: 200 })]),
      /^warning: rule `rate` allows 200 requests, before: 100$/,
    ],
    "another statement": [
      acl([{ ...rule("rate"), statement: [{}] }], [rule("rate")]),
      /^warning: rule `rate` matches other requests than before$/,
    ],
    "a narrower rule with a lower limit": [
      acl([rule("a")], [rule("a", { limit: 99, scope_down_statement: [{ geo: 1 }] })]),
      /^warning: rule `a` matches other requests than before$/,
    ],
    "another order": [
      acl([rule("a"), rule("b", { priority: 2 })], [rule("a", { priority: 3 }), rule("b", { priority: 2 })]),
      /^warning: its rules are evaluated in another order: `b`, `a`$/,
    ],
    "a new rule that allows": [
      acl([], [rule("a", { action: "allow" })]),
      /^warning: the new rule `a` allows matching requests/,
    ],
    "another default": [
      acl([], [], ["block", "allow"]),
      /^critical: allows requests that match no rule: `allow`, before: `block`$/,
    ],
    "a removed association": [destroyed("aws_wafv2_web_acl_association"), /^critical: is removed/],
    "rules that are known only after the apply": [
      changed("aws_wafv2_web_acl", { rule: [rule("a")] }, {}, { unknown: { rule: true } }),
      /^warning: its rules cannot be evaluated here/,
    ],
    "another set of addresses": [
      changed("aws_wafv2_ip_set", { addresses: [] }, { addresses: ["10.0.0.0/8"] }),
      /^warning: rules that refer to it/,
    ],
    "a distribution without its web ACL": [
      changed("aws_cloudfront_distribution", { web_acl_id: "arn" }, { web_acl_id: "" }),
      /^critical: no web ACL protects it$/,
    ],
    "a removed log": [destroyed("aws_wafv2_web_acl_logging_configuration"), /^warning: is removed: actions of WAF/],
  });

  describe("but not in", () => {
    itFindsNothing({ "a stricter rule": acl([rule("rate", { action: "count" })], [rule("rate", { limit: 50 })]) });
  });
});
