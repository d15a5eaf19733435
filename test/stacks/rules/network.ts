import type { Attributes, StackJson, Stacks } from "../../support/synthesize.ts";
import { functionGroups } from "./reachability.ts";
import { failing, getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

const groupRules = ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"];
const addressAttributes = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id"];

export const noIngressByAddress = resourceRule(
  "nothing in a VPC may be reached from an address, only from a named security group",
  "aws_vpc_security_group_ingress_rule",
  ({ attributes }) =>
    typeof attributes.referenced_security_group_id === "string" &&
    addressAttributes.every((attribute) => attributes[attribute] === undefined),
);

export const noEgressByAddress = resourceRule(
  "nothing in a VPC may reach an address, but the functions by TCP those of S3 on 443 and, where the table has a NAT, its ports",
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

/** Whether a rule is about what the functions may reach behind Atlas's private endpoint. */
function isWayToDatabase({ type, stack, attributes }: Resource, stacks: Stacks): boolean {
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
  "each rule between security groups names one TCP port, but from functions to Atlas those above 1023",
  groupRules,
  (resource, stacks) => {
    const { ip_protocol, from_port, to_port, referenced_security_group_id } = resource.attributes;
    return (
      referenced_security_group_id === undefined ||
      (ip_protocol === "tcp" &&
        typeof from_port === "number" &&
        (from_port === to_port ||
          (from_port === 1024 && to_port === 65_535 && isWayToDatabase(resource, stacks))))
    );
  },
);

export const noInlineRules: Rule = {
  name: "no security group has rules beside those, the VPC's default one included",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_security_group", "aws_default_security_group", "aws_security_group_rule"],
      "has rules of its own",
      ({ type, attributes }) =>
        type !== "aws_security_group_rule" &&
        attributes.ingress === undefined &&
        attributes.egress === undefined,
    ),
    ...failing(stacks, ["aws_vpc"], "keeps its default security group", ({ stack }) =>
      Boolean(stack.resource.aws_default_security_group),
    ),
  ],
};

export const replaceableGroups = resourceRule(
  "every security group can be replaced while it is in use: the new one is made first, under another name",
  "aws_security_group",
  ({ attributes }) =>
    attributes.lifecycle?.create_before_destroy === true &&
    attributes.name === undefined &&
    attributes.name_prefix.endsWith("-"),
);

const waysOut = [
  "aws_internet_gateway",
  "aws_egress_only_internet_gateway",
  "aws_nat_gateway",
  "aws_eip",
  "aws_route",
  "aws_vpc_peering_connection",
  "aws_ec2_transit_gateway_vpc_attachment",
  "aws_vpn_gateway",
];

export const noInternetEgress: Rule = {
  name: "an environment whose table has no NAT has no route to the internet",
  check: (stacks) => [
    ...failing(
      stacks,
      waysOut,
      "is a way out",
      ({ stack }) => getEnvironment(stack).network.nat !== undefined,
    ),
    ...failing(stacks, ["aws_route_table"], "has routes of its own", ({ attributes }) => !attributes.route),
  ],
};

export const noPublicAddresses = resourceRule(
  "no subnet gives public addresses",
  "aws_subnet",
  ({ attributes }) =>
    attributes.map_public_ip_on_launch === false && attributes.assign_ipv6_address_on_creation !== true,
);

export const reachableServices: Rule = {
  name: "every VPC has endpoints for KMS, SSM and S3 and no other service of AWS, with a policy and private names",
  check: (stacks) => [
    ...resources(stacks, "aws_vpc").flatMap(({ address, stack }) => {
      const names = Object.values(stack.resource.aws_vpc_endpoint ?? {}).map(
        ({ service_name }) => service_name,
      );
      const { region } = getEnvironment(stack);
      const needed = ["kms", "ssm", "s3"].map((service) => `com.amazonaws.${region}.${service}`);
      return [
        ...needed
          .filter((name) => !names.includes(name))
          .map((name) => `${address}: has no endpoint ${name}`),
        ...names.filter((name) => !needed.includes(name)).map((name) => `${address}: pays for ${name}`),
      ];
    }),
    ...failing(
      stacks,
      ["aws_vpc_endpoint"],
      "has no policy or no private name",
      ({ stack, attributes }) =>
        isAtlas(stacks, stack, attributes) ||
        (typeof attributes.policy === "string" &&
          (attributes.vpc_endpoint_type === "Gateway" || attributes.private_dns_enabled === true)),
    ),
  ],
};

export const flowLogs = resourceRule(
  "every VPC records all its traffic, what was refused and what was not",
  "aws_vpc",
  ({ stack, id }) =>
    Object.values(stack.resource.aws_flow_log ?? {}).some(
      ({ vpc_id, traffic_type }) => vpc_id === `\${aws_vpc.${id}.id}` && traffic_type === "ALL",
    ),
);
