import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { functionGroups } from "./reachability.ts";
import { getEnvironment, type Resource, referenced } from "./resources.ts";
import { resourceRule, rulesByType } from "./rule.ts";

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
    const { nat } = getEnvironment(stack).network;
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
    endpoint?.attributes.vpc_endpoint_type === "Gateway" &&
    endpoint.attributes.service_name.endsWith(".s3") === true
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
        (from_port === to_port ||
          (from_port === 1024 && to_port === 65_535 && isPathToDatabase(resource, stacks))))
    );
  },
);

const hasNoRules = ({ attributes }: Resource) =>
  attributes.ingress === undefined && attributes.egress === undefined;

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
    type === "aws_route_table" ? !attributes.route : getEnvironment(stack).network.nat !== undefined,
);

export const noPublicAddresses = resourceRule(
  "no subnet assigns public addresses",
  "aws_subnet",
  ({ attributes }) =>
    attributes.map_public_ip_on_launch === false && attributes.assign_ipv6_address_on_creation !== true,
);

export const reachableServices = rulesByType(
  "every VPC has endpoints for KMS, SSM and S3 and no other AWS service, with a policy and private names",
  {
    aws_vpc: ({ stack }) => {
      const names = Object.values(stack.resource.aws_vpc_endpoint ?? {}).map((each) => each.service_name);
      const { region } = getEnvironment(stack);
      const needed = ["kms", "s3", "ssm"].map((service) => `com.amazonaws.${region}.${service}`);
      return names.sort().join() === needed.join();
    },
    aws_vpc_endpoint: ({ stack, attributes }, stacks) =>
      isAtlas(stacks, stack, attributes) ||
      (typeof attributes.policy === "string" &&
        (attributes.vpc_endpoint_type === "Gateway" || attributes.private_dns_enabled === true)),
  },
);

export const flowLogs = resourceRule(
  "every VPC records all its traffic, accepted and rejected",
  "aws_vpc",
  ({ stack, id }) =>
    Object.values(stack.resource.aws_flow_log ?? {}).some(
      ({ vpc_id, traffic_type }) => vpc_id === `\${aws_vpc.${id}.id}` && traffic_type === "ALL",
    ),
);
