import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, referenced, referring, resources } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

const groupRules = ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"];
const addressAttributes = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id"];

export const noIngressByAddress = resourceRule(
  "ingress in a VPC is only from security groups, never from addresses",
  "aws_vpc_security_group_ingress_rule",
  ({ attributes }) =>
    typeof attributes.referenced_security_group_id === "string" &&
    addressAttributes.every((attribute) => attributes[attribute] === undefined),
);

export const noEgressByAddress = resourceRule(
  "nothing in a VPC may reach an address, except that functions reach S3 on TCP 443 and, with `nat`, its ports",
  "aws_vpc_security_group_egress_rule",
  ({ stack, attributes }, stacks) => {
    if (addressAttributes.every((attribute) => attributes[attribute] === undefined)) {
      return typeof attributes.referenced_security_group_id === "string";
    }
    const { nat } = getStackEnvironment(stack).network;
    const { cidr_ipv6, prefix_list_id, ip_protocol, from_port, to_port } = attributes;
    const isS3 = isS3List(stacks, stack, prefix_list_id) && from_port === 443 && to_port === 443;
    const isNat = prefix_list_id === undefined && from_port === nat?.fromPort && to_port === nat?.toPort;
    return (
      (isS3 ? attributes.cidr_ipv4 === undefined : isNat) &&
      cidr_ipv6 === undefined &&
      attributes.referenced_security_group_id === undefined &&
      ip_protocol === "tcp" &&
      isGroupOfFunctions(stacks, stack, attributes.security_group_id)
    );
  },
);

function isGroupOfFunctions(stacks: Stacks, from: StackJson, reference: unknown): boolean {
  const group = referenced(stacks, from, reference);
  return functionGroups(stacks).some(({ address }) => address === group?.address);
}

/** Whether a prefix list is that of the gateway endpoint of S3. */
function isS3List(stacks: Stacks, stack: StackJson, list: unknown): boolean {
  const endpoint = String(list).endsWith(".prefix_list_id}") ? referenced(stacks, stack, list) : undefined;
  return (
    endpoint?.attributes.vpc_endpoint_type === "Gateway" && endpoint.attributes.service_name.endsWith(".s3") === true
  );
}

/** Whether a rule is between the functions and Atlas's private endpoint. */
function isPathToDatabase({ type, stack, attributes }: Resource, stacks: Stacks): boolean {
  const group = attributes.security_group_id;
  const other = attributes.referenced_security_group_id;
  const [from, to] = type.endsWith("egress_rule") ? [group, other] : [other, group];
  const endpoints = Object.values(stack.resource.aws_vpc_endpoint ?? {}).filter(
    (endpoint) => isAtlas(stacks, stack, endpoint) && endpoint.security_group_ids.includes(to),
  );
  return endpoints.length > 0 && isGroupOfFunctions(stacks, stack, from);
}

/** Whether an endpoint leads to Atlas rather than to a service of AWS. */
const isAtlas = (stacks: Stacks, stack: StackJson, endpoint: Attributes): boolean =>
  referenced(stacks, stack, endpoint.service_name)?.type === "mongodbatlas_privatelink_endpoint";

export const onePortEach = resourceRule(
  "each rule between security groups allows one TCP port, or those above 1023 from functions to Atlas",
  groupRules,
  (resource, stacks) => {
    const { ip_protocol, from_port, to_port, referenced_security_group_id } = resource.attributes;
    return (
      referenced_security_group_id === undefined ||
      (ip_protocol === "tcp" &&
        typeof from_port === "number" &&
        (from_port === to_port || (from_port === 1024 && to_port === 65_535 && isPathToDatabase(resource, stacks))))
    );
  },
);

const hasNoRules = ({ attributes }: Resource) => attributes.ingress === undefined && attributes.egress === undefined;

export const noInlineRules = rulesByType(
  "no security group has other rules, and the default group of the VPC has none",
  {
    aws_security_group: hasNoRules,
    aws_default_security_group: hasNoRules,
    aws_security_group_rule: () => false,
    aws_vpc: ({ stack }) => Boolean(stack.resource.aws_default_security_group),
  },
);

export const replaceableGroups = resourceRule(
  "every security group can be replaced while it is in use: Terraform creates the new one first, under another name",
  "aws_security_group",
  ({ attributes }) =>
    attributes.lifecycle?.create_before_destroy === true &&
    attributes.name === undefined &&
    attributes.name_prefix.endsWith("-"),
);

const egressTypes = [
  "aws_internet_gateway",
  "aws_egress_only_internet_gateway",
  "aws_nat_gateway",
  "aws_eip",
  "aws_route",
  "aws_vpc_peering_connection",
  "aws_ec2_transit_gateway_vpc_attachment",
  "aws_vpn_gateway",
];

export const noInternetEgress = resourceRule(
  "an environment without `nat` has no route to the internet",
  [...egressTypes, "aws_route_table"],
  ({ type, stack, attributes }) =>
    type === "aws_route_table" ? !attributes.route : getStackEnvironment(stack).network.nat !== undefined,
);

export const noPublicAddresses = resourceRule(
  "no subnet assigns public addresses",
  "aws_subnet",
  ({ attributes }) =>
    attributes.map_public_ip_on_launch === false && attributes.assign_ipv6_address_on_creation !== true,
);

export const reachableServices = rulesByType(
  "every VPC has endpoints for KMS, SSM, SQS and S3 and no other AWS service, with a policy and private names",
  {
    aws_vpc: ({ stack }) => {
      const names = Object.values(stack.resource.aws_vpc_endpoint ?? {}).map((each) => each.service_name);
      const { region } = getStackEnvironment(stack);
      const needed = ["kms", "s3", "sqs", "ssm"].map((service) => `com.amazonaws.${region}.${service}`);
      return names.sort().join() === needed.join();
    },
    aws_vpc_endpoint: ({ stack, attributes }, stacks) =>
      isAtlas(stacks, stack, attributes) ||
      (typeof attributes.policy === "string" &&
        (attributes.vpc_endpoint_type === "Gateway" || attributes.private_dns_enabled === true)),
  },
);

export const flowLogs = resourceRule("every VPC records all its traffic, accepted and rejected", "aws_vpc", (vpc) =>
  referring(vpc, "aws_flow_log", "vpc_id").some(({ traffic_type }) => traffic_type === "ALL"),
);

/** The security group of every function. */
const functionGroups = (stacks: Stacks): Resource[] =>
  resources(stacks, "aws_lambda_function").flatMap(({ stack, attributes }) =>
    (attributes.vpc_config?.security_group_ids ?? []).map((group: string) => referenced(stacks, stack, group)!),
  );

const isSame = (one: Resource | undefined, other: Resource | undefined): boolean =>
  one !== undefined && one.address === other?.address;

/** The members of a security group: the cache, AWS services, or Atlas. */
function behind(stacks: Stacks, group: Resource | undefined): string {
  const holders = resources(stacks, "aws_elasticache_replication_group", "aws_vpc_endpoint")
    .filter(({ stack, attributes }) =>
      (attributes.security_group_ids ?? []).some((id: string) => isSame(referenced(stacks, stack, id), group)),
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
  const { cidr_ipv4, prefix_list_id, referenced_security_group_id, ip_protocol, from_port, to_port } = attributes;
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
      ports === `${ingress.attributes.ip_protocol} ${ingress.attributes.from_port}-${ingress.attributes.to_port}`,
  );
  return letIn ? `${behind(stacks, to)} ${ports}` : "nowhere";
}

export const functionEgress: Rule = {
  name: "functions reach only the cache on 6379, the AWS endpoints on 443, S3, and Atlas on its ports",
  check: (stacks) =>
    functionGroups(stacks).flatMap((group) => {
      const { nat } = getStackEnvironment(group.stack).network;
      const expected = [
        "cache tcp 6379-6379",
        "kms+sqs+ssm tcp 443-443",
        "s3 tcp 443-443",
        nat ? `0.0.0.0/0 tcp ${nat.fromPort}-${nat.toPort}` : "Atlas tcp 1024-65535",
      ];
      const reached = resources(stacks, "aws_vpc_security_group_egress_rule")
        .filter(({ stack, attributes }) => isSame(referenced(stacks, stack, attributes.security_group_id), group))
        .map((rule) => target(stacks, rule));
      return [
        ...expected.filter((each) => !reached.includes(each)).map((each) => `${group.address}: misses ${each}`),
        ...reached.filter((each) => !expected.includes(each)).map((each) => `${group.address}: reaches ${each}`),
      ];
    }),
};
