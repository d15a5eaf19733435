import type { Stacks } from "../../support/synthesize.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** The security group of every function. */
export const functionGroups = (stacks: Stacks): Resource[] =>
  resources(stacks, "aws_lambda_function").flatMap(({ stack, attributes }) =>
    (attributes.vpc_config?.security_group_ids ?? []).map(
      (group: string) => referenced(stacks, stack, group)!,
    ),
  );

const isSame = (one: Resource | undefined, other: Resource | undefined): boolean =>
  one !== undefined && one.address === other?.address;

/** The members of a security group: the cache, AWS services, or Atlas. */
function behind(stacks: Stacks, group: Resource | undefined): string {
  const holders = resources(stacks, "aws_elasticache_replication_group", "aws_vpc_endpoint")
    .filter(({ stack, attributes }) =>
      (attributes.security_group_ids ?? []).some((id: string) =>
        isSame(referenced(stacks, stack, id), group),
      ),
    )
    .map(({ stack, type, attributes }) =>
      type === "aws_elasticache_replication_group"
        ? "cache"
        : referenced(stacks, stack, attributes.service_name)
          ? "Atlas"
          : attributes.service_name.split(".").at(-1),
    );
  return holders.sort().join("+");
}

/** The destination of a rule; none without a matching ingress rule. */
function target(stacks: Stacks, { stack, attributes }: Resource): string {
  const { cidr_ipv4, prefix_list_id, referenced_security_group_id, ip_protocol, from_port, to_port } =
    attributes;
  const ports = `${ip_protocol} ${from_port}-${to_port}`;
  if (referenced_security_group_id === undefined) {
    const endpoint = referenced(stacks, stack, prefix_list_id);
    return `${endpoint?.attributes.service_name.split(".").at(-1) ?? cidr_ipv4} ${ports}`;
  }
  const from = referenced(stacks, stack, attributes.security_group_id);
  const to = referenced(stacks, stack, referenced_security_group_id);
  const letIn = resources(stacks, "aws_vpc_security_group_ingress_rule").some(
    (ingress) =>
      isSame(referenced(stacks, ingress.stack, ingress.attributes.security_group_id), to) &&
      isSame(referenced(stacks, ingress.stack, ingress.attributes.referenced_security_group_id), from) &&
      ports ===
        `${ingress.attributes.ip_protocol} ${ingress.attributes.from_port}-${ingress.attributes.to_port}`,
  );
  return letIn ? `${behind(stacks, to)} ${ports}` : "nowhere";
}

export const functionEgress: Rule = {
  name: "functions reach only the cache on 6379, the AWS endpoints on 443, S3, and Atlas on its ports",
  check: (stacks) =>
    functionGroups(stacks).flatMap((group) => {
      const { nat } = getEnvironment(group.stack).network;
      const expected = [
        "cache tcp 6379-6379",
        "kms+ssm tcp 443-443",
        "s3 tcp 443-443",
        nat ? `0.0.0.0/0 tcp ${nat.fromPort}-${nat.toPort}` : "Atlas tcp 1024-65535",
      ];
      const reached = resources(stacks, "aws_vpc_security_group_egress_rule")
        .filter(({ stack, attributes }) =>
          isSame(referenced(stacks, stack, attributes.security_group_id), group),
        )
        .map((rule) => target(stacks, rule));
      return [
        ...expected
          .filter((each) => !reached.includes(each))
          .map((each) => `${group.address}: misses ${each}`),
        ...reached
          .filter((each) => !expected.includes(each))
          .map((each) => `${group.address}: reaches ${each}`),
      ];
    }),
};
